/** The type bytes that redis-cli 8.0's client library reads: all but blob errors and attributes. */
export const UNDERSTOOD_TYPES = '+-:$*%~>,#=(_';
