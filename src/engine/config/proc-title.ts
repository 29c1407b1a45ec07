/*
 * What `ps` shows of a server
 * ---------------------------
 * proc-title-template has names in braces, each of which stands for something about the server; `{{` is a brace.
 */
import { trim, type Bytes } from '../bytes.ts';
import type { Config } from './config.ts';
import type { BadValue } from './values.ts';

const FACTS: Readonly<Record<string, (config: Config) => Bytes>> = {
  'listen-addr'(config) {
    const port = config.number('port');
    return port === 0 ? `unixsocket:${config.text('unixsocket')}` : `${config.text('bind').split(' ')[0] || '*'}:${port}`;
  },
  'server-mode': (config) => (config.flag('cluster-enabled') ? '[cluster]' : config.sentinel === undefined ? '' : '[sentinel]'),
  'config-file': (config) => config.file || '-',
  port: (config) => String(config.number('port')),
  // There is no TLS here.
  'tls-port': () => '0',
  unixsocket: (config) => config.text('unixsocket'),
};

const PERHAPS_EMPTY = new Set<Bytes>(['server-mode', 'unixsocket']);

/** The title of a process of this server: `name` is what the program, or a child of it, is called. */
export function processTitle(config: Config, name: Bytes): Bytes {
  return expanded(config.text('proc-title-template'), (fact) => (fact === 'title' ? name : FACTS[fact]?.(config))) ?? '';
}

/** The template with a value for each name; undefined when there is a name that has none, or a brace that is not closed. */
function expanded(template: Bytes, valueOf: (name: Bytes) => Bytes | undefined): Bytes | undefined {
  let title = '';
  for (let at = 0; at < template.length; ) {
    const open = template.indexOf('{', at);
    if (open === -1) return trim(title + template.slice(at), ' ');
    title += template.slice(at, open);
    if (template.charAt(open + 1) === '{') {
      title += '{';
      at = open + 2;
      continue;
    }
    const close = template.indexOf('}', open);
    const value = close === -1 ? undefined : valueOf(template.slice(open + 1, close));
    if (value === undefined) return undefined;
    title += value;
    at = close + 1;
  }
  return trim(title, ' ');
}

/** Only names that there are, and not nothing but blanks. */
export function parseTitleTemplate(given: Bytes): Bytes | BadValue {
  const isValid = (expanded(given, (name) => (name === 'title' || PERHAPS_EMPTY.has(name) ? '' : FACTS[name] && 'x')) ?? '') !== '';
  return isValid ? given : { problem: 'template format is invalid or contains unknown variables' };
}
