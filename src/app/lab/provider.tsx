/*
 * Where the page gets its labs. One client (one worker) serves all of them; it starts when the first page
 * needs a lab. A page opens a session when it comes and closes it when it goes.
 */
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { LabClient } from '../../lab/protocol.ts';
import { keepHistory, withHistory } from './line-history.ts';
import { LabSession, type OpenOptions } from './session.ts';

const ClientContext = createContext<(() => LabClient) | undefined>(undefined);

/** `make` is called once, when a lab is first wanted. */
export function LabProvider({ make, children }: { make: () => LabClient; children: ReactNode }) {
  const get = useMemo(() => {
    let client: LabClient | undefined;
    return () => (client ??= make());
  }, [make]);
  return <ClientContext value={get}>{children}</ClientContext>;
}

/** The way to the one client. Calling the result starts the worker if it does not run yet. */
export function useLabClient(): () => LabClient {
  const client = useContext(ClientContext);
  if (client === undefined) throw new Error('useLabClient needs a LabProvider around it');
  return client;
}

let opened = 0;

/**
 * A lab that lives as long as the component. `options` undefined waits (a lesson that is loading);
 * another object opens another lab.
 */
export function useLabSession(name: string, options: OpenOptions | undefined): LabSession | undefined {
  const client = useLabClient();
  const [session, setSession] = useState<LabSession>();
  useEffect(() => {
    if (options === undefined) return;
    // A number of its own, so that late messages of a closed lab reach nobody.
    const made = new LabSession(client(), `${name}-${++opened}`);
    // The sandbox is kept as a recording, its lines with it; a link to it must not carry lines from elsewhere.
    const ownLines = name === 'sandbox';
    made.open(ownLines ? options : withHistory(options));
    const forget = ownLines ? () => {} : keepHistory(made, options.scenario.hosts[0]?.name ?? '');
    setSession(made);
    return () => {
      setSession(undefined);
      made.close();
      forget();
    };
  }, [client, name, options]);
  return session;
}
