/*
 * iptables
 * --------
 * Writes the packet filter of the machine it runs on (simulation/packet-filter.ts) and shows it. What it does is
 * what a partition by `fault` does, seen from one machine: `fault` is the cable, this is the kernel.
 */
import type { Bytes } from '../../../engine/index.ts';
import type { Chain, FilterRule, MachineForPrograms, Program } from '../../../simulation/index.ts';
import { machineOf, tool, type ToolCall } from '../tool.ts';
import { IptablesProblem, parseIptables, type Request, TARGETS, VERSION } from './parse.ts';
import { chainHead, chainWords, ruleLine, ruleWords, type TableStyle } from './print.ts';

const NO_CHAIN = 'iptables: No chain/target/match by that name.';
const BAD_RULE = 'iptables: Bad rule (does a matching rule exist in that chain?).';

export const iptables: Program = tool({
  name: 'iptables', summary: 'let the packets of this host pass or not', takesAnything: true,
  manual: `Usage: iptables -A CHAIN RULE       add a rule at the end
       iptables -I CHAIN [N] RULE   put it in at place N (1)
       iptables -D CHAIN RULE|N     take it away
       iptables -R CHAIN N RULE     put another in its place
       iptables -C CHAIN RULE       tell by the exit code whether it is there
       iptables -L [CHAIN] [-n] [-v] [--line-numbers]   list as a table
       iptables -S [CHAIN]          list as commands
       iptables -F [CHAIN]          empty a chain, or all
       iptables -Z [CHAIN]          set counters to 0
       iptables -P CHAIN ACCEPT|DROP   what happens at the end of a chain
       iptables -N CHAIN, -X [CHAIN]   make and delete chains to jump to

INPUT sees what comes to this host, OUTPUT what leaves it, also over "lo", by
which the host talks to itself. A rule is made of
  -s ADDRESS[/BITS]      where it comes from: an address or a host's name
  -d ADDRESS[/BITS]      where it goes to
  -i NAME, -o NAME       by which interface: lo, eth0
  -p tcp                 the protocol; everything here is tcp
  --sport N, --dport N   ports, N:M for a range (behind -p tcp)
  --syn                  only requests for a connection (behind -p tcp)
  -m multiport --dports N,M
  -m conntrack --ctstate NEW,ESTABLISHED
  -m comment --comment TEXT
  -j ACCEPT|DROP|REJECT|RETURN|CHAIN
and ! before one of them turns it round. DROP swallows without a word, REJECT
lets a new connection be refused (--reject-with tcp-reset breaks one that
stands). -v counts the chunks that a rule has met.

  iptables -A INPUT -s r2 -j DROP                 be deaf to r2
  iptables -A INPUT -p tcp --dport 6379 -j REJECT refuse clients
  iptables -F                                     let everything pass again

The rules are gone after the next boot. "fault" cuts links for both sides.
`,
  completions: (argv, host) => {
    const last = argv.at(-1) ?? '';
    if (/^-[ADIRCLSFZPNX]$/.test(last)) return [...(host.machine?.packetFilter.chains.keys() ?? [])];
    if (last === '-j') return TARGETS;
    if (last === '-s' || last === '-d') return (host.machine?.neighbours ?? []).map(({ name }) => name);
    if (last === '-p') return ['tcp'];
    if (last === '-m') return ['conntrack', 'multiport', 'comment', 'state', 'tcp'];
    if (argv.includes('-P') && argv.length === 3) return ['ACCEPT', 'DROP'];
    return argv.length === 1 ? ['-A', '-I', '-D', '-L', '-S', '-F', '-P', '-C', '-R', '-Z', '-N', '-X'] : ['-s', '-d', '-p', '-i', '-o', '-j', '-m', '-n', '-v', '--dport', '--sport', '--line-numbers'];
  },
  run(call) {
    const machine = machineOf(call.process);
    try {
      const request = parseIptables(call.operands, {
        addressOf: (name) => (name === 'localhost' ? '127.0.0.1' : machine.neighbours.find((each) => each.name === name)?.address),
        hasChain: (name) => machine.packetFilter.chains.has(name),
      });
      if (request === 'help') call.out(iptables.manual ?? '');
      else if (request === 'version') call.out(`${VERSION}\n`);
      else {
        carryOut(call, request, machine);
        machine.filterChanged();
      }
      call.end();
    } catch (problem) {
      if (!(problem instanceof IptablesProblem)) throw problem;
      call.process.stderr.write(`${problem.message}\n${problem.hasHint ? "Try `iptables -h' or 'iptables --help' for more information.\n" : ''}`);
      call.end(problem.status);
    }
  },
});

function carryOut(call: ToolCall, request: Request, machine: MachineForPrograms): void {
  const { command, number = 1 } = request;
  const { chains } = machine.packetFilter;
  const chain = (name: Bytes | undefined): Chain => {
    const found = chains.get(name ?? '');
    if (found === undefined) throw new IptablesProblem(command === 'L' || command === 'S' ? `${VERSION}: chain \`${name}' in table \`filter' is incompatible, use 'nft' tool.` : NO_CHAIN, 1);
    return found;
  };
  const named = request.chain === undefined ? [...chains.keys()] : [request.chain];
  const placed = (rules: readonly FilterRule[]): Chain['rules'] => rules.map((rule) => ({ rule, packets: 0, bytes: 0 }));
  const at = (rules: Chain['rules'], wanted: FilterRule): number => {
    const index = rules.findIndex(({ rule }) => ruleWords(rule) === ruleWords(wanted));
    if (index === -1) throw new IptablesProblem(BAD_RULE, 1);
    return index;
  };
  switch (command) {
    case 'A':
      chain(request.chain).rules.push(...placed(request.rules));
      return;
    case 'I': {
      const { rules } = chain(request.chain);
      if (number > rules.length + 1) throw new IptablesProblem('iptables: Index of insertion too big.', 1);
      rules.splice(number - 1, 0, ...placed(request.rules));
      return;
    }
    case 'R': {
      const { rules } = chain(request.chain);
      if (number > rules.length) throw new IptablesProblem('iptables: Index of replacement too big.', 1);
      rules.splice(number - 1, 1, ...placed(request.rules));
      return;
    }
    case 'C':
      for (const rule of request.rules) at(chain(request.chain).rules, rule);
      return;
    case 'D': {
      const { rules } = chain(request.chain);
      if (request.number !== undefined && number > rules.length) throw new IptablesProblem('iptables: Index of deletion too big.', 1);
      if (request.number !== undefined) rules.splice(number - 1, 1);
      else for (const rule of request.rules) rules.splice(at(rules, rule), 1);
      return;
    }
    case 'F':
      for (const name of named) chain(name).rules = [];
      return;
    case 'Z':
      for (const name of named) zero(chain(name));
      return;
    case 'P': {
      if (!['INPUT', 'FORWARD', 'OUTPUT'].includes(request.chain ?? '')) throw new IptablesProblem('iptables: Bad built-in chain name.', 1);
      if (request.word !== 'ACCEPT' && request.word !== 'DROP') throw new IptablesProblem("iptables: Bad policy name. Run `dmesg' for more information.", 1);
      chain(request.chain).policy = request.word;
      return;
    }
    case 'N':
    case 'E':
      makeChain(request, chains);
      return;
    case 'X':
      deleteChains(request.chain, chains);
      return;
    case 'S':
      showWords(call, request, named, chain);
      return;
    case 'L':
      showTable(call, request, named, chain, machine);
  }
}

function zero(chain: Chain): void {
  chain.packets = 0;
  chain.bytes = 0;
  for (const placed of chain.rules) {
    placed.packets = 0;
    placed.bytes = 0;
  }
}

const usersOf = (name: Bytes, chains: ReadonlyMap<Bytes, Chain>): number => [...chains.values()].reduce((sum, { rules }) => sum + rules.filter(({ rule }) => rule.target === name).length, 0);

function makeChain({ command, chain = '', word = '' }: Request, chains: Map<Bytes, Chain>): void {
  const name = command === 'N' ? chain : word;
  if (chains.has(name)) throw new IptablesProblem('iptables: Chain already exists.', 1);
  if (command === 'N') {
    chains.set(name, { policy: undefined, rules: [], packets: 0, bytes: 0 });
    return;
  }
  const old = chains.get(chain);
  if (old === undefined || old.policy !== undefined) throw new IptablesProblem(NO_CHAIN, 1);
  chains.delete(chain);
  chains.set(name, old);
  for (const { rules } of chains.values()) for (const [index, placed] of rules.entries()) if (placed.rule.target === chain) rules[index] = { ...placed, rule: { ...placed.rule, target: name } };
}

function deleteChains(wanted: Bytes | undefined, chains: Map<Bytes, Chain>): void {
  for (const [name, chain] of [...chains]) {
    if (chain.policy !== undefined || (wanted !== undefined && wanted !== name)) continue;
    if (usersOf(name, chains) > 0 || chain.rules.length > 0) throw new IptablesProblem(`${VERSION}:  CHAIN_DEL failed (Device or resource busy): chain ${name}`, 4);
    chains.delete(name);
  }
  if (wanted !== undefined && chains.get(wanted)?.policy !== undefined) throw new IptablesProblem(`${VERSION}:  CHAIN_DEL failed (Device or resource busy): chain ${wanted}`, 4);
}

function showWords(call: ToolCall, { number }: Request, named: readonly Bytes[], chain: (name: Bytes) => Chain): void {
  if (number === undefined) for (const name of named) call.out(`${chainWords(name, chain(name))}\n`);
  for (const name of named) {
    for (const [index, { rule }] of chain(name).rules.entries()) if (number === undefined || number === index + 1) call.out(`${`-A ${name} ${ruleWords(rule)}`.trimEnd()}\n`);
  }
}

function showTable(call: ToolCall, request: Request, named: readonly Bytes[], chain: (name: Bytes) => Chain, machine: MachineForPrograms): void {
  const style: TableStyle = { ...request, nameOf: (address) => (address === '127.0.0.1' ? 'localhost' : machine.neighbours.find((each) => each.address === address)?.name) };
  for (const [index, name] of named.entries()) {
    const { rules } = chain(name);
    if (request.number === undefined) call.out(`${index > 0 ? '\n' : ''}${chainHead(name, chain(name), usersOf(name, machine.packetFilter.chains), style)}`);
    for (const [place, placed] of rules.entries()) if (request.number === undefined || request.number === place + 1) call.out(ruleLine(place + 1, placed, style));
  }
}
