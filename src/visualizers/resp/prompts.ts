/* What a learner predicts about the wire, and the goal to build. */
import type { Goal, Prompt } from '../prompt.ts';
import { counted } from '../words.ts';
import type { RespView } from './model.ts';
import type { Token } from './tokens.ts';

/** A reply that came between two states, to the command of this name. */
const repliedTo = (name: string, before: RespView, after: RespView): boolean => after.reply !== undefined && after.reply.id !== before.reply?.id && after.reply.name === name;
/** The tokens of the reply in the version the client speaks. */
const spoken = (view: RespView): readonly Token[] => (view.resp === 3 ? view.reply?.resp3 : view.reply?.resp2) ?? [];
const size = (view: RespView): number => (view.resp === 3 ? view.reply?.bytes3 : view.reply?.bytes2) ?? 0;

const pong: Prompt<RespView> = {
  id: 'resp-pong',
  fits: (view) => view.place !== undefined,
  ask: () => 'Send PING. How many bytes does the server send back?',
  choices: () => ['4 bytes', '6 bytes', '7 bytes', '14 bytes'],
  answer: (before, after) => (repliedTo('ping', before, after) ? counted(size(after), 'byte') : undefined),
  because(_before, after, choice) {
    const why = `${spoken(after).map((token) => counted(token.length, 'byte')).join(', ')}: ${spoken(after).map((token) => token.says).join(', ')}.`;
    if (choice === '4 bytes') return `${why} The word alone would not say what it is, nor where it ends.`;
    return choice === '14 bytes' ? `${why} That would be the size of the request: an array with one bulk string.` : why;
  },
};

const FIRST: Readonly<Record<string, string>> = { '$': '$, a bulk string', '_': '_, null', '-': '-, an error', '+': '+, a status' };

const nothing: Prompt<RespView> = {
  id: 'resp-nothing',
  fits: (view) => view.place !== undefined,
  ask: (view) => `This client speaks RESP${view.resp}. GET a key that does not exist: which byte does the reply begin with?`,
  choices: () => Object.values(FIRST),
  answer(before, after) {
    if (!repliedTo('get', before, after)) return undefined;
    const first = spoken(after)[0]?.bytes ?? '';
    const isNothing = first === '_' || (first === '$' && spoken(after)[1]?.bytes === '-1');
    return isNothing ? FIRST[first] : undefined;
  },
  because(_before, after, choice) {
    const why = after.resp === 3
      ? 'RESP3 has a type of its own for nothing: an underscore and a line end, three bytes.'
      : 'RESP2 has no type for nothing. It says it with a bulk string whose length is −1, and nothing follows.';
    return choice === FIRST['-'] ? `${why} A key that is not there is no mistake of the client.` : why;
  },
};

const words: Prompt<RespView> = {
  id: 'resp-words',
  fits: (view) => view.place !== undefined,
  ask: () => 'Send SET note "two words". How many bulk strings does the request have?',
  choices: () => ['2', '3', '4'],
  answer(before, after) {
    if (!repliedTo('set', before, after)) return undefined;
    const request = after.packets.findLast((packet) => packet.direction === 'in' && packet.tokens[0]?.bytes === '*');
    return request?.tokens[1]?.bytes;
  },
  because(_before, after, choice) {
    const request = after.packets.findLast((packet) => packet.direction === 'in');
    const payloads = request?.tokens.filter((token) => token.kind === 'payload') ?? [];
    const why = `One for each word as redis-cli splits them: ${payloads.map((token) => counted(token.length, 'byte')).join(', ')}.`;
    return choice === '4' ? `${why} The quotes keep the blank inside one word, and the quotes themselves are not sent.` : why;
  },
};

export const respPrompts: readonly Prompt<RespView>[] = [pong, nothing, words];

const hasReply = (view: RespView, type: string): boolean => view.packets.some((packet) => packet.direction === 'out' && packet.tokens.some((token) => token.kind === 'type' && token.bytes === type));

export const respGoal: Goal<RespView> = {
  says: 'Hear the server answer in five ways.',
  marks: [
    { id: 'integer', says: 'An integer', reached: (view) => hasReply(view, ':') },
    { id: 'error', says: 'An error', reached: (view) => hasReply(view, '-') },
    { id: 'nothing', says: 'Nothing, in either version', reached: (view) => hasReply(view, '_') || view.packets.some((packet) => packet.direction === 'out' && packet.tokens.some((token) => token.kind === 'number' && token.bytes === '-1')) },
    { id: 'map', says: 'A map (HELLO 3 opens the way)', reached: (view) => hasReply(view, '%') },
    { id: 'half', says: 'On the bench: a parser that waits for the rest of a word', reached: (view) => view.bench !== undefined && view.bench.parser.bulkLength > 0 && view.bench.parser.wordsLeft > 0 },
  ],
  done: 'The first byte tells the type, and lengths come before what they measure: that is why a parser can stop anywhere and go on when more comes.',
};
