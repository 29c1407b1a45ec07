import { describe, expect, test } from 'vitest';
import { TestServer } from '../../testing.ts';

const REFUSED = '(error) ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.';

describe('a protected command that its directive does not allow', () => {
  test('is refused before it runs, and counts as rejected', () => {
    const server = new TestServer();
    expect(server.ask('DEBUG JMAP')).toBe(REFUSED);
    expect(server.ask('MODULE LOAD x.so')).toBe(REFUSED.replaceAll('DEBUG', 'MODULE').replaceAll('debug', 'module'));
    expect(server.send('INFO commandstats')).toMatch(/cmdstat_debug:calls=0,.*rejected_calls=1,failed_calls=0/);
    expect(server.send('INFO commandstats')).toMatch(/cmdstat_module\|load:calls=0,.*rejected_calls=1,failed_calls=0/);
  });

  test('a protected directive is changed from the same machine where `local` allows it', () => {
    const server = new TestServer({ config: { 'enable-protected-configs': 'local' } });
    expect(server.ask('CONFIG SET dbfilename some.rdb')).toBe('OK');
    expect(new TestServer().ask('CONFIG SET dbfilename some.rdb')).toBe("(error) ERR CONFIG SET failed (possibly related to argument 'dbfilename') - can't set protected config");
  });

  test('ends the transaction that it is put into', () => {
    const server = new TestServer();
    server.send('MULTI');
    expect(server.ask('DEBUG JMAP')).toBe(REFUSED);
    expect(server.ask('EXEC')).toBe('(error) EXECABORT Transaction discarded because of previous errors.');
  });
});
