/** The side door of the wire formats: what programs and pictures need to speak and read RESP. */
export { encodeReply, type RespVersion } from './writer.ts';
export { RequestParser, PROTO_INLINE_MAX_SIZE, type ParserLimits } from './request-parser.ts';
export { splitArguments } from './split-arguments.ts';
export { ReplyParser, ReplyProtocolError, type ReceivedReply } from './reply-parser.ts';
