/** Exit codes of a process that a signal has ended: 128 and the number of SIGABRT or SIGSEGV. */
export const ABORTED = 134;
export const SEGMENTATION_FAULT = 139;
