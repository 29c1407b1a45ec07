/*
 * Clusters of test servers
 * ------------------------
 * Nodes at 10.0.0.1, 10.0.0.2, …, made by the commands that people use. `masters` nodes share the slots, and each
 * further node follows one of them in turn.
 */
import { TestNetwork } from '../test-network.ts';
import type { TestServer } from '../testing.ts';
import type { DirectiveValue } from '../config/values.ts';
import { CLUSTER_SLOTS } from './slots.ts';

const NODE_CONFIG = { 'cluster-enabled': true, 'protected-mode': false, 'enable-debug-command': 'yes', 'repl-diskless-sync-delay': 0, 'cluster-node-timeout': 2000, save: '' };

export class TestCluster {
  readonly net = new TestNetwork();
  readonly nodes: TestServer[] = [];
  private readonly seed: number;

  constructor(masters: number, replicas = 0, config: Readonly<Record<string, DirectiveValue>> = {}, seed = 1) {
    this.seed = seed;
    for (let i = 0; i < masters + replicas; i++) this.add(config);
    for (const [i, node] of this.nodes.entries()) {
      must(node, `CLUSTER SET-CONFIG-EPOCH ${i + 1}`);
      if (i < masters) must(node, `CLUSTER ADDSLOTSRANGE ${Math.round((i * CLUSTER_SLOTS) / masters)} ${Math.round(((i + 1) * CLUSTER_SLOTS) / masters) - 1}`);
      if (i > 0) must(node, `CLUSTER MEET ${this.address(0)} 6379`);
    }
    // Everybody has heard of everybody, and masters have waited until they may write.
    this.advance(5000);
    for (let i = masters; i < masters + replicas; i++) must(this.node(i), `CLUSTER REPLICATE ${this.id((i - masters) % masters)}`);
    this.advance(5000);
  }

  /** Another node, alone until it meets somebody. */
  add(config: Readonly<Record<string, DirectiveValue>> = {}): TestServer {
    const node = this.net.server(this.address(this.nodes.length), { config: { ...NODE_CONFIG, ...config }, seed: this.seed * 1000 + this.nodes.length });
    this.nodes.push(node);
    return node;
  }

  address(i: number): string {
    return `10.0.0.${i + 1}`;
  }

  node(i: number): TestServer {
    const node = this.nodes[i];
    if (node === undefined) throw new Error(`there is no node ${i}`);
    return node;
  }

  id(i: number): string {
    return this.node(i).ask('CLUSTER MYID').slice(1, -1);
  }

  advance(ms: number): void {
    this.net.advance(ms);
  }

  cut(i: number): void {
    this.net.cut(this.address(i));
  }

  heal(i: number): void {
    this.net.heal(this.address(i));
  }

  /** A field of CLUSTER INFO. */
  info(i: number, field: string): string {
    return new RegExp(`${field}:([^\\r\\n]*)`).exec(this.node(i).send('CLUSTER INFO'))?.[1] ?? '';
  }

  /** The words of node `about` in the table of node `i`, from its flags on. */
  line(i: number, about: number): readonly string[] {
    const line = this.node(i).send('CLUSTER NODES').split('\n').find((each) => each.includes(this.id(about)) && !each.startsWith('$') && each.split(' ')[0] === this.id(about));
    return (line ?? '').split(' ').slice(2);
  }

  /** Who serves which slots, as node `i` sees it: 'owner first-last, …', with the numbers of nodes. */
  owners(i: number): string {
    const number = new Map(this.nodes.map((_node, each) => [this.id(each), each]));
    return this.node(i).send('CLUSTER NODES').split('\n').flatMap((line) => {
      const words = line.split(' ');
      const owner = number.get(words[0] ?? '');
      return words.length > 8 && owner !== undefined ? [`${owner} ${words.slice(8).join(' ')}`] : [];
    }).sort().join(', ');
  }
}

function must(node: TestServer, line: string): void {
  const answer = node.ask(line);
  if (answer !== 'OK') throw new Error(`${line}: ${answer}`);
}
