/*
 * What servers and terminals say on their own account
 * ---------------------------------------------------
 * Pictures of several servers name the last command of a client as the cause of what is seen. Handshakes, heartbeats
 * and what tools ask to find their way are not what a learner has typed.
 */
export const ON_THEIR_OWN_ACCOUNT: readonly string[] = ['REPLCONF', 'PSYNC', 'PING', 'COMMAND', 'HELLO', 'CLIENT', 'AUTH', 'INFO', 'SENTINEL', 'CLUSTER'];
