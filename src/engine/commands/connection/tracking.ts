/*
 * CLIENT TRACKING and its relatives: client-side caching, seen from the client.
 */
import { cText, equalsFolded, fold, parseInteger, type Bytes } from '../../bytes.ts';
import type { Client } from '../../client.ts';
import { command, integer, oneOf, string, token, type Ctx } from '../../command.ts';
import { CommandError, errorReply, many, mapReply, NOT_AN_INTEGER, OK, setReply, SYNTAX_ERROR, type Reply } from '../../reply.ts';
import { prefixesOverlap } from '../../tracking.ts';

const QUIET = ['noscript', 'loading', 'stale'] as const;

interface Options {
  redirect: number;
  bcast: boolean;
  optin: boolean;
  optout: boolean;
  noloop: boolean;
  prefixes: Bytes[];
}

export const tracking = command(
  {
    name: 'TRACKING', group: 'connection', since: '6.0.0', arity: -3, flags: QUIET,
    summary: 'Be told when keys change that this connection has read, so that copies of them can be kept.', complexity: 'O(1), and more for the prefixes',
    args: [
      oneOf('status', [token('on', 'ON'), token('off', 'OFF')]),
      integer('client-id', { token: 'REDIRECT', optional: true }),
      string('prefix', { token: 'PREFIX', optional: true, multiple: true, multipleToken: true }),
      token('bcast', 'BCAST', { optional: true }), token('optin', 'OPTIN', { optional: true }), token('optout', 'OPTOUT', { optional: true }), token('noloop', 'NOLOOP', { optional: true }),
    ],
    replies: ['OK'], examples: ['CLIENT TRACKING ON', 'CLIENT TRACKINGINFO', 'CLIENT TRACKING OFF'],
  },
  function clientTracking(ctx): Reply {
    const { server, client, argv } = ctx;
    const options = trackingOptions(ctx);
    if (equalsFolded(argv[2] as Bytes, 'on')) {
      const complaint = checkOptions(client, options);
      server.tracking.enable(client, options);
      if (complaint !== undefined) {
        server.statistics.countError(complaint);
        return many([errorReply(complaint), OK]);
      }
    } else if (equalsFolded(argv[2] as Bytes, 'off')) server.tracking.disable(client);
    else throw new CommandError(SYNTAX_ERROR);
    return OK;
  },
);

function trackingOptions({ server, argv }: Ctx): Options {
  const options: Options = { redirect: 0, bcast: false, optin: false, optout: false, noloop: false, prefixes: [] };
  for (let i = 3; i < argv.length; i++) {
    const word = fold(argv[i] as Bytes);
    const value = argv[i + 1];
    if (word === 'redirect' && value !== undefined) {
      i++;
      if (options.redirect !== 0) throw new CommandError('ERR A client can only redirect to a single other client');
      const id = parseInteger(value);
      if (id === undefined) throw new CommandError(NOT_AN_INTEGER);
      // It may leave at any time; one that is not there now is a mistake.
      if (!server.clients.has(Number(id))) throw new CommandError('ERR The client ID you want redirect to does not exist');
      options.redirect = Number(id);
    } else if (word === 'prefix' && value !== undefined) {
      i++;
      options.prefixes.push(value);
    } else if (word === 'bcast' || word === 'optin' || word === 'optout' || word === 'noloop') options[word] = true;
    else throw new CommandError(SYNTAX_ERROR);
  }
  return options;
}

/**
 * Throws when the options fit neither each other nor what is on already. The real server complains of two given prefixes
 * that overlap but stops there only for the first of all; behind it tracking is switched on, and answered OK as well.
 */
function checkOptions(client: Client, options: Options): Bytes | undefined {
  const { bcast, optin, optout, prefixes } = options;
  const before = client.tracking;
  if (!bcast && prefixes.length > 0) throw new CommandError('ERR PREFIX option requires BCAST mode to be enabled');
  if (before !== undefined && before.bcast !== bcast) throw cannotSwitch('BCAST mode on/off');
  if (bcast && (optin || optout)) throw new CommandError('ERR OPTIN and OPTOUT are not compatible with BCAST');
  if (optin && optout) throw new CommandError("ERR You can't specify both OPTIN mode and OPTOUT mode");
  if (before !== undefined && ((optin && before.optout) || (optout && before.optin))) throw cannotSwitch('OPTIN/OPTOUT mode');
  if (!bcast) return undefined;
  for (const [index, prefix] of prefixes.entries()) {
    const existing = before?.prefixes.find((each) => prefixesOverlap(each, prefix));
    if (existing !== undefined) throw overlap(prefix, 'an existing', existing);
    const provided = prefixes.slice(index + 1).find((each) => prefixesOverlap(each, prefix));
    if (provided === undefined) continue;
    const complaint = overlap(prefix, 'another provided', provided);
    if (index === 0) throw complaint;
    return complaint.text;
  }
  return undefined;
}

const cannotSwitch = (what: Bytes): CommandError =>
  new CommandError(`ERR You can't switch ${what} before disabling tracking for this client, and then re-enabling it with a different mode.`);

const overlap = (prefix: Bytes, which: Bytes, other: Bytes): CommandError =>
  new CommandError(`ERR Prefix '${cText(prefix)}' overlaps with ${which} prefix '${cText(other)}'. Prefixes for a single client must not overlap.`);

export const caching = command(
  {
    name: 'CACHING', group: 'connection', since: '6.0.0', arity: 3, flags: QUIET,
    summary: 'Say whether the keys that the next command reads are to be tracked.', complexity: 'O(1)',
    args: [oneOf('mode', [token('yes', 'YES'), token('no', 'NO')])],
    replies: ['OK', 'an error unless tracking is on with OPTIN (for YES) or OPTOUT (for NO)'], examples: ['CLIENT TRACKING ON OPTIN', 'CLIENT CACHING YES', 'GET k'],
  },
  function clientCaching({ client, argv }): Reply {
    const { tracking: state } = client;
    if (state === undefined) throw new CommandError('ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled');
    const mode = fold(argv[2] as Bytes);
    if (mode !== 'yes' && mode !== 'no') throw new CommandError(SYNTAX_ERROR);
    if (mode === 'yes' && !state.optin) throw new CommandError('ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.');
    if (mode === 'no' && !state.optout) throw new CommandError('ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.');
    state.caching = true;
    return OK;
  },
);

export const getredir = command(
  {
    name: 'GETREDIR', group: 'connection', since: '6.0.0', arity: 2, flags: QUIET, summary: 'Where invalidation messages of this connection go.', complexity: 'O(1)',
    replies: ['the id of the connection that gets them', '0 when this one gets them itself', '-1 while tracking is off'], examples: ['CLIENT GETREDIR'],
  },
  ({ client }) => client.tracking?.redirect ?? -1,
);

export const trackinginfo = command(
  { name: 'TRACKINGINFO', group: 'connection', since: '6.2.0', arity: 2, flags: QUIET, summary: 'The state of client-side caching on this connection.', complexity: 'O(1)', replies: ['a map of flags, redirect and prefixes'], examples: ['CLIENT TRACKINGINFO'] },
  function clientTrackinginfo({ client }): Reply {
    const { tracking: state } = client;
    const flags: Bytes[] = [state === undefined ? 'off' : 'on'];
    if (state?.bcast === true) flags.push('bcast');
    if (state?.optin === true) flags.push('optin', ...(state.caching ? ['caching-yes'] : []));
    if (state?.optout === true) flags.push('optout', ...(state.caching ? ['caching-no'] : []));
    if (state?.noloop === true) flags.push('noloop');
    if (state?.brokenRedirect === true) flags.push('broken_redirect');
    return mapReply([['flags', setReply(flags)], ['redirect', state?.redirect ?? -1], ['prefixes', [...(state?.prefixes ?? [])]]]);
  },
);
