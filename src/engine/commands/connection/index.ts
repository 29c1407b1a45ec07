import type { Command } from '../../command.ts';
import { auth, hello, quit, reset } from './authentication.ts';
import { echo, ping, select } from './basics.ts';
import { client } from './client.ts';

export const connectionCommands: readonly Command[] = [auth, client, echo, hello, ping, quit, reset, select];
