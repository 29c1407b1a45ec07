/*
 * What a Sentinel tells of what it watches: MASTERS, REPLICAS, SENTINELS, INFO-CACHE, PENDING-SCRIPTS, CKQUORUM
 */
import type { Bytes } from '../../bytes.ts';
import { epochReply } from '../../epoch.ts';
import { CommandError, mapReply, NIL_ARRAY, status, type Reply } from '../../reply.ts';
import type { Instance, Master } from '../../sentinel/instance.ts';
import type { Sentinel } from '../../sentinel/sentinel.ts';
import { asSentinel, masterArgument } from './asking.ts';

type Field = readonly [Bytes, Bytes | number | bigint | undefined];

/** Fields whose value is undefined are left out. */
const fieldsReply = (fields: readonly Field[]): Reply => mapReply(fields.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const])));

function flagsOf(instance: Instance): Bytes {
  const isMaster = instance.kind === 'master';
  const isReplica = instance.kind === 'slave';
  const flags: readonly (readonly [boolean, Bytes])[] = [
    [instance.isSubjectivelyDown, 's_down'],
    [instance.isObjectivelyDown, 'o_down'],
    [true, instance.kind],
    [instance.link.isDisconnected, 'disconnected'],
    [instance.kind === 'sentinel' && instance.saysMasterDown, 'master_down'],
    [isMaster && instance.isFailingOver, 'failover_in_progress'],
    [isReplica && instance.isPromoted, 'promoted'],
    [isReplica && instance.reconf === 'sent', 'reconf_sent'],
    [isReplica && instance.reconf === 'inprog', 'reconf_inprog'],
    [isReplica && instance.reconf === 'done', 'reconf_done'],
    [isMaster && instance.isForced, 'force_failover'],
    [instance.scriptKillSent, 'script_kill_sent'],
    [instance.hasRebooted, 'master_reboot'],
  ];
  return flags.filter(([is]) => is).map(([, name]) => name).join(',');
}

function describe(sentinel: Sentinel, instance: Instance): Reply {
  const { nowMs } = sentinel;
  const { link } = instance;
  const since = (ms: number): number => nowMs - ms;
  return fieldsReply([
    ['name', instance.name],
    ['ip', sentinel.shownHost(instance.address)],
    ['port', instance.address.port],
    ['runid', instance.runId ?? ''],
    ['flags', flagsOf(instance)],
    ['link-pending-commands', link.pendingCommands],
    ['link-refcount', link.users],
    ['failover-state', instance.kind === 'master' && instance.isFailingOver ? instance.failoverState : undefined],
    ['last-ping-sent', link.activePingMs === 0 ? 0 : since(link.activePingMs)],
    ['last-ok-ping-reply', since(link.lastAvailableMs)],
    ['last-ping-reply', since(link.lastPongMs)],
    ['s-down-time', instance.isSubjectivelyDown ? since(instance.subjectivelyDownSinceMs) : undefined],
    ['o-down-time', instance.isObjectivelyDown ? since(instance.objectivelyDownSinceMs) : undefined],
    ['down-after-milliseconds', instance.downAfterMs],
    ...(instance.kind === 'sentinel' ? [] : [
      ['info-refresh', instance.infoRefreshedMs === 0 ? 0 : since(instance.infoRefreshedMs)],
      ['role-reported', instance.roleReported],
      ['role-reported-time', since(instance.roleReportedMs)],
    ] as const),
    ...fieldsOfKind(nowMs, instance),
  ]);
}

function fieldsOfKind(nowMs: number, instance: Instance): readonly Field[] {
  switch (instance.kind) {
    case 'master':
      return [
        ['config-epoch', epochReply(instance.configEpoch)], ['num-slaves', instance.replicas.size], ['num-other-sentinels', instance.sentinels.size], ['quorum', instance.quorum],
        ['failover-timeout', instance.failoverTimeoutMs], ['parallel-syncs', instance.parallelSyncs],
        ['notification-script', instance.notificationScript], ['client-reconfig-script', instance.clientReconfigScript],
      ];
    case 'slave':
      return [
        ['master-link-down-time', instance.masterLinkDownMs], ['master-link-status', instance.isMasterLinkUp ? 'ok' : 'err'], ['master-host', instance.masterHost ?? '?'],
        ['master-port', instance.masterPort], ['slave-priority', instance.priority], ['slave-repl-offset', instance.offset], ['replica-announced', instance.isAnnounced ? 1 : 0],
      ];
    case 'sentinel':
      return [['last-hello-message', nowMs - instance.lastHelloMs], ['voted-leader', instance.leader ?? '?'], ['voted-leader-epoch', epochReply(instance.leaderEpoch)]];
  }
}

export const masters = asSentinel((sentinel) => [...sentinel.masters.values()].map((each) => describe(sentinel, each)));

export const master = asSentinel((sentinel, argv) => describe(sentinel, masterArgument(sentinel, argv)));

/** Replicas that ask not to be announced are not shown. */
export const replicas = asSentinel((sentinel, argv) =>
  [...masterArgument(sentinel, argv).replicas.values()].filter(({ isAnnounced }) => isAnnounced).map((each) => describe(sentinel, each)));

export const sentinels = asSentinel((sentinel, argv) => [...masterArgument(sentinel, argv).sentinels.values()].map((each) => describe(sentinel, each)));

export const myId = asSentinel((sentinel) => sentinel.id);

export const getMasterAddrByName = asSentinel((sentinel, argv) => {
  const found = sentinel.masters.get(argv[2] as Bytes);
  if (found === undefined) return NIL_ARRAY;
  const { currentAddress } = found;
  return [sentinel.shownHost(currentAddress), String(currentAddress.port)];
});

export const infoCache = asSentinel((sentinel, argv) => {
  const names = argv.slice(2);
  const cached = ({ infoRefreshedMs, info }: Instance): Reply => [infoRefreshedMs === 0 ? 0 : sentinel.nowMs - infoRefreshedMs, info ?? null];
  return [...sentinel.masters.values()].filter(({ name }) => names.includes(name))
    .flatMap((each) => [each.name, [cached(each), ...[...each.replicas.values()].map(cached)]]);
});

export const pendingScripts = asSentinel(({ scripts, nowMs }) =>
  scripts.jobs.map((job) => mapReply([
    ['argv', [...job.argv]],
    ['flags', job.running === undefined ? 'scheduled' : 'running'],
    ['pid', String(job.running?.pid ?? 0)],
    job.running === undefined ? ['run-delay', String(Math.max(0, job.atMs - nowMs))] : ['run-time', String(nowMs - job.atMs)],
    ['retry-num', String(job.tries)],
  ])));

/** How many Sentinels can take part now, this one included. */
function usable(watched: Master): number {
  return 1 + [...watched.sentinels.values()].filter((each) => !each.isSubjectivelyDown).length;
}

export const ckquorum = asSentinel((sentinel, argv) => {
  const watched = masterArgument(sentinel, argv);
  const count = usable(watched);
  const isQuorum = count >= watched.quorum;
  const isMajority = count >= Math.floor((watched.sentinels.size + 1) / 2) + 1;
  if (isQuorum && isMajority) return status(`OK ${count} usable Sentinels. Quorum and failover authorization can be reached`);
  const lacks = [
    ...(isQuorum ? [] : ['Not enough available Sentinels to reach the specified quorum for this master']),
    ...(isMajority ? [] : ['Not enough available Sentinels to reach the majority and authorize a failover']),
  ];
  throw new CommandError(`NOQUORUM ${count} usable Sentinels. ${lacks.join('. ')}`);
});
