/** The version this engine behaves as; goldens, INFO and the RDB version hang on it. */
export const REDIS_VERSION = '8.0.2';
