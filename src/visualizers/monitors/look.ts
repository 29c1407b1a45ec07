/* From the Sentinels of a world to the matrix of what each believes: see model.ts. */
import type { SentinelMasterView, WatchedView } from '../../engine/inspect/index.ts';
import type { World } from '../../simulation/index.ts';
import { placeAt } from '../places.ts';
import { lastTold, masterIn, mastersOf, sentinelsOf, type KnownSentinel } from '../sentinels.ts';
import { readParams, type Visualizer } from '../visualizer.ts';
import { describeMonitors, NO_SENTINEL, type CellView, type MonitorsView, type ObserverView } from './model.ts';

const COLUMNS = 32;

export const monitors: Visualizer<MonitorsView> = {
  id: 'monitors',
  title: 'Monitor matrix',
  // Sentinels hear each other's PING every second, so silence is looked at as it grows.
  wakes: ['sentinelEvent', 'commandExecuted', 'serverReady', 'serverStopped'],

  look(world, given) {
    const params = readParams(given);
    const known = sentinelsOf(world);
    const names = mastersOf(known);
    const wanted = params.text('master', '');
    const name = names.find((each) => each === wanted) ?? names[0];
    const port = params.whole('port', 0, 0, 65535);
    if (name === undefined || (port !== 0 && !known.some(({ server }) => server.port === port))) return NO_SENTINEL;
    const watching = known.flatMap((each) => {
      const master = masterIn(each, name);
      return master === undefined ? [] : [{ each, master, seen: seenBy(each, master, world) }];
    });
    const observed = columnsOf(watching.map(({ seen }) => seen));
    return {
      name, names, observed, told: lastTold(known),
      observers: watching.map(({ each, master, seen }): ObserverView => {
        const agreed = master.sentinels.filter(({ saysMasterDown }) => saysMasterDown).map(({ ip, port: at }) => placeAt(world, ip, at));
        return {
          place: each.place, inTilt: each.facts.inTilt, quorum: master.quorum, master: placeAt(world, master.ip, master.port),
          agreeing: master.isDown ? 1 + agreed.length : 0, agreed, cells: observed.map((place) => seen.get(place) ?? null),
        };
      }),
    };
  },

  describe: describeMonitors,
};

function seenBy({ place }: KnownSentinel, master: SentinelMasterView, world: World): Map<string, CellView> {
  const seen = new Map<string, CellView>();
  const add = (role: CellView['role'], each: WatchedView): void => {
    const { silentMs, downAfterMs, isDown, isDownForAll, isConnected } = each;
    const at = placeAt(world, each.ip, each.port);
    if (at !== place) seen.set(at, { role, silentMs, downAfterMs, isDown, isDownForAll, isConnected });
  };
  add('master', master);
  for (const each of master.replicas) add('replica', each);
  for (const each of master.sentinels) add('sentinel', each);
  return seen;
}

/** Servers first, by name: a column stays where it is when the part its server plays changes. */
function columnsOf(rows: readonly ReadonlyMap<string, CellView>[]): string[] {
  const isSentinel = (place: string): boolean => rows.some((row) => row.get(place)?.role === 'sentinel');
  const places = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  places.sort((a, b) => Number(isSentinel(a)) - Number(isSentinel(b)) || (a < b ? -1 : 1));
  return places.slice(0, COLUMNS);
}
