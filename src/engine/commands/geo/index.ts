/** Commands of the group `geo`. */
import type { Command } from '../../command.ts';
import { geoadd, geodist, geohash, geopos } from './places.ts';
import { georadius, georadiusbymember, georadiusbymemberRo, georadiusRo, geosearch, geosearchstore } from './search.ts';

export const geoCommands: readonly Command[] = [geoadd, geopos, geodist, geohash, geosearch, geosearchstore, georadius, georadiusRo, georadiusbymember, georadiusbymemberRo];
