import { replay } from './replay.ts';

declare const self: DedicatedWorkerGlobalScope;

self.addEventListener('message', (event: MessageEvent<string>) => self.postMessage(replay(event.data)));
