/*
 * The drawing of the wire
 * -----------------------
 * Packets below each other, each a row of tokens in the order of their bytes. What a token is can be told
 * by its form: types stand in filled squares, lengths are underlined, payloads lie in boxes, line ends are
 * small and grey. Where the parser stands is told below them, in its own numbers.
 */
import { useMemo, useState } from 'react';
import { Button, Field, SelectField } from '../../ui/index.ts';
import { Changes, Facts, NoServer } from '../drawing/parts.tsx';
import { useWidth } from '../drawing/use-width.tsx';
import { defineView, type DrawingProps } from '../stage/index.tsx';
import { bytesSize, count, counted, quoted, shown, textOf } from '../words.ts';
import { BENCH_EXAMPLE, packetWords, parserWords, respChanges, type BenchView, type PacketView, type RespView } from './model.ts';
import { respGoal, respPrompts } from './prompts.ts';
import type { Token } from './tokens.ts';
import './view.css';

/** The bytes of a token for the eye. */
function tokenText(token: Token): string {
  if (token.kind === 'end') return quoted(token.bytes).slice(1, -1);
  const cut = token.length > token.bytes.length;
  const text = textOf(token.bytes);
  return (text !== undefined && !/\\/.test(text) ? text : quoted(token.bytes).slice(1, -1)) + (cut ? '…' : '');
}

function tokenWords(token: Token): string {
  return `${token.says}, ${counted(token.length, 'byte')}`;
}

/** Tokens up to each line end: a type and its length are not torn apart. */
function linesOf(tokens: readonly Token[]): { token: Token; at: number }[][] {
  const lines: { token: Token; at: number }[][] = [];
  tokens.forEach((token, at) => {
    if (at === 0 || tokens[at - 1]?.kind === 'end') lines.push([]);
    lines.at(-1)?.push({ token, at });
  });
  return lines;
}

function Tokens({ tokens, left = 0, label, faded = false }: { tokens: readonly Token[]; left?: number; label: string; faded?: boolean }) {
  const [at, setAt] = useState<number>();
  const chosen = at === undefined ? undefined : tokens[at];
  return (
    <>
      <span
        className="tokens" data-faded={faded} role="application" tabIndex={0} aria-label={`${label}. Arrow keys go from token to token`}
        onBlur={() => setAt(undefined)}
        onPointerLeave={() => setAt(undefined)}
        onKeyDown={(event) => {
          const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
          if (step === undefined || tokens.length === 0) return;
          event.preventDefault();
          event.stopPropagation();
          setAt((from) => Math.max(0, Math.min(tokens.length - 1, (from ?? (step > 0 ? -1 : tokens.length)) + step)));
        }}
      >
        {linesOf(tokens).map((line) => (
          <span key={line[0]?.at} className="token-line" data-long={line.some(({ token }) => token.bytes.length > 20)}>
            {line.map(({ token, at: i }) => (
              <span key={i} className={`token token-${token.kind}`} data-part={token.isPart} data-at={i === at} title={tokenWords(token)} onPointerEnter={() => setAt(i)}>{tokenText(token)}</span>
            ))}
          </span>
        ))}
        {left === 0 ? null : <span className="token-left">{left < 0 ? 'the rest was not kept' : `${counted(left, 'more token')}`}</span>}
      </span>
      <span className="token-says" aria-live="polite">{chosen === undefined ? '' : tokenWords(chosen)}</span>
    </>
  );
}

function Packet({ packet, isNew }: { packet: PacketView; isNew: boolean }) {
  const isIn = packet.direction === 'in';
  const noun = isIn ? 'request' : packet.messages === 1 ? 'reply' : 'replies';
  return (
    <li className="packet" data-direction={packet.direction} data-thing="" data-changed={isNew}>
      <span className="packet-head">
        <span className="packet-way" aria-hidden="true">{isIn ? '→' : '←'}</span>
        <span>{isIn ? 'client to server' : 'server to client'}</span>
        <span className="numbers">{bytesSize(packet.length)}</span>
        <span>{packet.messages < 0 ? 'too long to be kept' : packet.messages === 0 ? `no ${isIn ? 'request' : 'reply'} ends here` : isIn ? counted(packet.messages, noun) : `${count(packet.messages)} ${noun}`}</span>
        {packet.continues ? <span>goes on from the packet before</span> : null}
      </span>
      {packet.tokens.length === 0 ? null : <Tokens tokens={packet.tokens} left={packet.left} label={packetWords({ ...packet, tokens: [] })} />}
    </li>
  );
}

/** Requests with what they were answered, the newest first: the others are below, where one looks for the past. */
function Exchanges({ packets, known }: { packets: readonly PacketView[]; known: number }) {
  const exchanges: PacketView[][] = [];
  for (const packet of packets) {
    const last = exchanges.at(-1);
    if (last === undefined || (packet.direction === 'in' && last.at(-1)?.direction === 'out')) exchanges.push([packet]);
    else last.push(packet);
  }
  return (
    <div className="exchanges">
      {exchanges.toReversed().map((exchange, i) => (
        <ol key={exchange[0]?.id} className="packets" aria-label={i === 0 ? 'The last exchange' : `${counted(i, 'exchange')} before`}>
          {exchange.map((packet) => <Packet key={packet.id} packet={packet} isNew={packet.id > known} />)}
        </ol>
      ))}
    </div>
  );
}

/** What the parser has and what it waits for, as a row of slots. */
function Parser({ parser }: { parser: NonNullable<RespView['parser']> }) {
  const missing = Math.max(0, parser.wordsLeft - 1);
  return (
    <div className="parser" data-problem={parser.problem !== undefined}>
      <p className="viz-heading">The server's parser</p>
      {parser.wordsLeft === 0 ? null : (
        <div className="parser-slots" aria-hidden="true">
          {parser.words.map((word, i) => <span key={i} className="slot slot-full">{shown(word, 24)}</span>)}
          <span className="slot slot-now">{parser.bulkLength < 0 ? 'length?' : `${count(Math.min(parser.waitingBytes, parser.bulkLength))} of ${counted(parser.bulkLength, 'byte')}`}</span>
          {Array.from({ length: Math.min(missing, 12) }, (_, i) => <span key={i} className="slot slot-missing">?</span>)}
        </div>
      )}
      <p className="viz-note">{parserWords(parser)}</p>
    </div>
  );
}

function Versions({ view }: { view: RespView }) {
  const { reply } = view;
  if (reply === undefined) return null;
  return (
    <div className="versions">
      <p className="viz-heading">The reply to <code className="viz-mono">{reply.command}</code>{reply.isSame ? ', the same in both versions' : ''}</p>
      <div className="versions-pair">
        {([[2, reply.resp2, reply.bytes2], [3, reply.resp3, reply.bytes3]] as const).map(([version, tokens, bytes]) => (
          <div key={version} data-spoken={view.resp === version}>
            <p className="viz-note">RESP{version}, {counted(bytes, 'byte')}{view.resp === version ? ' (as this client gets it)' : ''}</p>
            <Tokens tokens={tokens.slice(0, 60)} left={Math.max(0, tokens.length - 60)} label={`RESP${version}`} />
          </div>
        ))}
      </div>
    </div>
  );
}

function Bench({ bench, onParams }: { bench: BenchView; onParams: DrawingProps<RespView>['onParams'] }) {
  const [typed, setTyped] = useState(bench.typed);
  return (
    <section className="bench" aria-label="Bench">
      <p className="viz-heading">Break a packet</p>
      <p className="viz-note">These bytes go to a parser like the server's, not to the server. Type your own and choose how many of them have arrived.</p>
      <Field label="Bytes" quietLabel mono value={typed} spellCheck={false} autoComplete="off" onChange={(event) => {
        setTyped(event.target.value);
        // A new text arrives whole: `cut` is moved to its end by the look.
        onParams({ raw: event.target.value, cut: 1_000_000 });
      }} help="\r \n \t \0 \\ and \xff are read as bytes" />
      <label className="viz-lens">
        <span>Arrived</span>
        <input type="range" min={0} max={bench.length} value={bench.delivered} aria-valuetext={`${bench.delivered} of ${bench.length} bytes`} onChange={(event) => onParams({ cut: Number(event.target.value) })} />
        <span className="numbers">{bench.delivered} of {counted(bench.length, 'byte')}</span>
      </label>
      <p className="bench-tokens"><Tokens tokens={bench.tokens} label="Arrived" />{bench.rest.length === 0 ? null : <span className="bench-cut" title="the packet is broken here" aria-hidden="true" />}{bench.rest.length === 0 ? null : <Tokens tokens={bench.rest} label="Still to come" faded />}</p>
      {bench.requests.length === 0 ? null : (
        <ol className="bench-requests">{bench.requests.map((words, i) => <li key={i}><code className="viz-mono">{words.map((word) => shown(word, 30)).join('  ')}</code></li>)}</ol>
      )}
      <Parser parser={bench.parser} />
      <div className="viz-row">
        <Button small look="quiet" onClick={() => {
          setTyped(BENCH_EXAMPLE);
          onParams({ raw: BENCH_EXAMPLE, cut: 15 });
        }}>Start over</Button>
        <Button small look="quiet" onClick={() => onParams({ bench: 'no' })}>Put the bench away</Button>
      </div>
    </section>
  );
}

function Drawing({ view, previous, onParams }: DrawingProps<RespView>) {
  const [place] = useWidth<HTMLDivElement>();
  const known = previous !== undefined && previous.client === view.client ? (previous.packets.at(-1)?.id ?? 0) : Number.MAX_SAFE_INTEGER;
  const changes = useMemo(() => (previous === undefined ? [] : respChanges(previous, view).filter((sentence) => !sentence.startsWith('Received') && !sentence.startsWith('Sent'))), [previous, view]);
  const clients = view.clients.some((client) => client.id === view.client) || view.client === 0 ? view.clients : [...view.clients, { id: view.client, name: 'has left', resp: view.resp }];
  return (
    <div className="viz resp" ref={place}>
      {view.place === undefined ? <NoServer /> : (
        <>
          <div className="viz-row resp-client">
            <SelectField label="Client" value={String(view.client)} onChange={(event) => onParams({ client: Number(event.target.value) })}>
              {view.client === 0 ? <option value="0">none yet</option> : null}
              {clients.map((client) => <option key={client.id} value={client.id}>{`${client.id}: ${client.name}, RESP${client.resp}`}</option>)}
            </SelectField>
            <Facts facts={[
              ['speaks', `RESP${view.resp}`, previous !== undefined && previous.client === view.client && previous.resp !== view.resp],
              ['sent', bytesSize(view.bytesIn)],
              ['received', bytesSize(view.bytesOut)],
            ]} />
          </div>
          {view.packets.length === 0 ? <p className="viz-note">This client has sent nothing lately.</p> : (
            <Exchanges packets={view.packets} known={known} />
          )}
          {view.parser === undefined ? null : <Parser parser={view.parser} />}
          <Versions view={view} />
          {view.bench === undefined ? <div><Button small icon="split" onClick={() => onParams({ bench: 'yes', cut: 15 })}>Break a packet</Button></div> : <Bench bench={view.bench} onParams={onParams} />}
          <Changes sentences={changes} />
        </>
      )}
    </div>
  );
}

export default defineView<RespView>({
  id: 'resp',
  Drawing,
  legend: [
    { mark: 'value', says: 'payload' },
    { mark: 'empty', says: 'still to come' },
    { mark: 'changed', says: 'a packet that came with the last step' },
  ],
  prompts: respPrompts,
  goal: respGoal,
  cause: (view) => view.reply?.command,
});
