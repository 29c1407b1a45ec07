/*
 * Names of hosts, at once
 * -----------------------
 * A Sentinel looks a name up in the middle of its work and goes on with the address, as the real one does with
 * getaddrinfo(). Node answers such a question in a later event only. So another thread asks, and this one stands still
 * until the answer is there. The thread is started with the first name; a server that is given none has none.
 */
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';

/** The resolver of the operating system gives up before. */
const LONGEST_WAIT_MS = 60_000;

/** What the other thread runs: plain text, since there is one file that holds the whole program. */
const ASKING = `
  const { lookup } = require('node:dns');
  require('node:worker_threads').parentPort.on('message', ({ name, done, answers }) => {
    lookup(name, { verbatim: true }, (error, address) => {
      answers.postMessage(error === null ? address : undefined);
      Atomics.store(done, 0, 1);
      Atomics.notify(done, 0);
    });
  });
`;

let worker: Worker | undefined;

/** The first address of a host, as getaddrinfo() has them; undefined when nobody knows it. */
export function resolveName(name: string): string | undefined {
  if (worker === undefined) {
    worker = new Worker(ASKING, { eval: true });
    worker.unref();
  }
  const done = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ name, done, answers: port2 }, [port2]);
  Atomics.wait(done, 0, 0, LONGEST_WAIT_MS);
  const answer: unknown = receiveMessageOnPort(port1)?.message;
  port1.close();
  return typeof answer === 'string' ? answer : undefined;
}
