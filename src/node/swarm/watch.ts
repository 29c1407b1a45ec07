/*
 * What must hold, whatever goes wrong
 * -----------------------------------
 * Listens to every server of a simulation, and looks at all of them now and then. What it finds is our fault and
 * nobody's bad luck: Redis promises it. Losing writes in a failover is not here, because Redis allows that.
 */
import type { Server } from '../../engine/index.ts';
import { HOME, judge, type RecordedEvent, type Simulation } from '../../simulation/index.ts';

/** `rule` names what was broken, so that two failures can be told to be the same. */
export interface Problem {
  readonly rule: string;
  readonly says: string;
  readonly atUs: number;
}

export class Watch {
  /** The first that was found. */
  problem: Problem | undefined;
  /** Votes, elections and failovers, and acknowledged writes that had to be there in the end: whether there was anything to look at. */
  readonly tally = { votes: 0, elections: 0, leaders: 0, promotions: 0, fullSyncs: 0, partialSyncs: 0, restarts: 0, mustSurvive: 0 };
  private readonly simulation: Simulation;
  private readonly votes = new Set<string>();
  private readonly winners = new Map<number, string>();
  private readonly sentinelVotes = new Map<string, string>();
  private readonly leaders = new Map<string, string>();
  private readonly epochOf = new Map<string, string>();
  private readonly epochs = new Map<string, number>();
  /** The highest epoch in which somebody has voted: what it must know for ever. */
  private readonly voted = new Map<string, number>();
  private readonly booted = new Set<string>();
  /** The newest vote of each machine, and how to take it back. */
  private readonly newest = new Map<string, { readonly executed: number; readonly takeBack: () => void }>();

  /** Somebody is made a master whom nobody has elected: it votes where that is known, and the one it replaces votes elsewhere. */
  private readonly takesOver: boolean;

  constructor(simulation: Simulation, { takesOver = false }: { readonly takesOver?: boolean } = {}) {
    this.simulation = simulation;
    this.takesOver = takesOver;
    simulation.onRecorded = (recorded) => this.hear(recorded);
    simulation.onFinding = (finding) => {
      if (finding.kind === 'crash') this.found('crash', `${finding.host}: ${finding.argv.join(' ')} died during "${finding.during}": ${finding.stack}`);
      // A line of a shrunk list may ask for what cannot be.
      else if (!finding.what.startsWith('the timeline')) this.found('limit', finding.what);
    };
  }

  found(rule: string, says: string): void {
    this.problem ??= { rule, says, atUs: this.simulation.nowUs };
  }

  // --- as it happens -----------------------------------------------------------------------------------

  private hear({ host, port, event, executed }: RecordedEvent): void {
    switch (event.type) {
      case 'voteGranted': {
        const voter = this.server(host, port)?.cluster?.myself.name ?? host;
        const vote = `${voter} ${event.epoch}`;
        this.tally.votes++;
        if (this.votes.has(vote)) this.found('one vote', `${host} votes twice in epoch ${event.epoch}.`);
        this.votes.add(vote);
        const before = this.voted.get(voter) ?? 0;
        this.voted.set(voter, Math.max(event.epoch, before));
        this.newest.set(host, {
          executed,
          takeBack: () => {
            this.votes.delete(vote);
            this.voted.set(voter, before);
          },
        });
        return;
      }
      case 'serverStopped': {
        // A node that cannot write down its vote ends before the vote leaves: nobody has it.
        const newest = this.newest.get(host);
        if (newest?.executed === executed) newest.takeBack();
        return;
      }
      case 'electionWon': {
        this.tally.elections++;
        const before = this.winners.get(event.epoch);
        // Two sides of a partition may both have a majority then, as in 8.0.2; the epochs part when they meet again (seed 23405).
        if (!this.takesOver && before !== undefined && before !== host) this.found('one winner', `${before} and ${host} have both won epoch ${event.epoch}.`);
        this.winners.set(event.epoch, host);
        return;
      }
      case 'sentinelEvent':
        this.hearSentinel(host, port, event.event, event.text);
        return;
      case 'serverReady':
        if (this.booted.has(host)) this.tally.restarts++;
        this.booted.add(host);
        return;
      default:
    }
  }

  private hearSentinel(host: string, port: number, event: string, text: string): void {
    const sentinel = this.server(host, port)?.sentinel?.id ?? host;
    if (event === '+new-epoch') this.epochOf.set(sentinel, text);
    else if (event === '+vote-for-leader') {
      const [candidate = '', epoch = ''] = text.split(' ');
      const vote = `${sentinel} ${epoch}`;
      const before = this.sentinelVotes.get(vote);
      this.tally.votes++;
      if (!this.hasSaved(host, `leader-epoch main ${epoch}`)) return;
      if (before !== undefined && before !== candidate) this.found('one vote', `The Sentinel on ${host} votes for ${before} and for ${candidate} in epoch ${epoch}.`);
      this.sentinelVotes.set(vote, candidate);
      this.voted.set(sentinel, Math.max(Number(epoch), this.voted.get(sentinel) ?? 0));
    } else if (event === '+promoted-slave') {
      this.tally.promotions++;
    } else if (event === '+elected-leader') {
      // One that a person has asked needs no votes and takes its epoch without them.
      const epoch = this.epochOf.get(sentinel) ?? '';
      const forIt = [...this.sentinelVotes].filter(([vote, candidate]) => vote.endsWith(` ${epoch}`) && candidate === sentinel).length;
      const all = (this.server(host, port)?.sentinel?.masters.get('main')?.sentinels.size ?? 0) + 1;
      if (forIt <= Math.floor(all / 2)) return;
      this.tally.leaders++;
      const before = this.leaders.get(epoch);
      if (before !== undefined && before !== sentinel) this.found('one leader', `Epoch ${epoch} has two leaders, ${before} and ${sentinel}.`);
      this.leaders.set(epoch, sentinel);
    }
  }

  /**
   * Whether the Sentinel on this machine will know it after a restart, as far as it can help it. One that cannot write its
   * file says so in its log, votes and goes on, and has forgotten it when it begins again: so does that of 8.0.2.
   */
  private hasSaved(host: string, line: string): boolean {
    const { scenario, nowUs } = this.simulation;
    const wasBroken = scenario.timeline?.some(({ atUs, fault }) => atUs <= nowUs && new RegExp(`^disk ${host} (full|failing)`).test(fault)) === true;
    if (!wasBroken) return true;
    const file = this.simulation.host(host)?.disk.read(`${HOME}/sentinel.conf`);
    return typeof file === 'string' && file.includes(`\nsentinel ${line}\n`);
  }

  private server(host: string, port: number): Server | undefined {
    return this.simulation.world.server(host, port)?.server;
  }

  // --- now and then ------------------------------------------------------------------------------------

  /** Looks at every server. */
  look(): void {
    for (const { about, holds, because } of judge(this.simulation)) if (about === 'must hold' && !holds) this.found('same data', because);
    for (const { name, servers } of this.simulation.world.hosts()) for (const { server } of servers) this.lookAt(name, server);
  }

  private lookAt(host: string, server: Server): void {
    const { backlog, offset } = server.replication;
    if (backlog !== undefined && backlog.firstByteOffset + backlog.length - 1 !== offset) {
      this.found('backlog', `The backlog of ${host} begins at ${backlog.firstByteOffset} and has ${backlog.length} bytes, and its history is ${offset} long.`);
    }
    const { cluster, sentinel } = server;
    if (cluster !== undefined && cluster.lastVoteEpoch < (this.voted.get(cluster.myself.name) ?? 0)) this.found('vote kept', `${host} has forgotten that it voted in epoch ${this.voted.get(cluster.myself.name)}.`);
    for (const { leaderEpoch } of sentinel?.masters.values() ?? []) {
      if (leaderEpoch < (this.voted.get(sentinel?.id ?? '') ?? 0)) this.found('vote kept', `The Sentinel on ${host} has forgotten that it voted in epoch ${this.voted.get(sentinel?.id ?? '')}.`);
    }
    if (cluster?.myself.isMaster === true && cluster.myself.slots.count > 0) this.rises(cluster.myself.name, Number(cluster.myself.configEpoch), `The epoch of ${host}`);
    for (const [name, master] of sentinel?.masters ?? []) if (this.hasSaved(host, `config-epoch ${name} ${master.configEpoch}`)) this.rises(`${sentinel?.id} ${name}`, Number(master.configEpoch), `The configuration of ${name} at the Sentinel on ${host}`);
  }

  private rises(of: string, epoch: number, what: string): void {
    const before = this.epochs.get(of) ?? 0;
    if (epoch < before) this.found('epochs rise', `${what} has fallen from ${before} to ${epoch}.`);
    this.epochs.set(of, epoch);
  }

  /** What the servers have counted, for whoever asks whether anything was proved. */
  count(): void {
    for (const { servers } of this.simulation.world.hosts()) {
      for (const { server } of servers) {
        this.tally.fullSyncs += server.replication.counts.full;
        this.tally.partialSyncs += server.replication.counts.partialOk;
      }
    }
  }
}
