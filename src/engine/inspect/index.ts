/** The side door for looking at a server: read-only, bounded, plain data. */
export { inspect } from './inspector.ts';
export type { Inspector } from './inspector.ts';
export type {
  ClientView, DatabaseView, ExpiryCycleView, ExpiryView, Deadline, ElementsView, KeyPage, KeySummary, KeyView, StringView, ValueView, WireView,
} from './views.ts';
export type { PendingView, StreamEntryView, StreamGroupView, StreamView } from './stream-view.ts';
export type { RaxLayout, RaxNodeView } from '../structures/rax.ts';
export type { StringAllocation } from '../keyspace/memory.ts';
export { closeUp, type ByteMix, type CloseUp, type DeadlineClasses } from './close-up.ts';
export type { DictPath, DictStrip, DictVisit, ScanVisit } from '../structures/dict-paths.ts';
export type { DictBucketView, DictEntryView, DictLayout, DictTableView } from '../structures/dict-view.ts';
export { clusterView, slotsOfRequest } from './cluster-view.ts';
export type { ClusterNodeView, ClusterView } from './cluster-view.ts';
export { replicationPlace, replicationView, streamTail } from './replication-view.ts';
export type { MasterLinkView, ReplicaView, ReplicationPlace, ReplicationView, StreamCommandView } from './replication-view.ts';
export { sentinelView } from './sentinel-view.ts';
export type { SentinelMasterView, SentinelPeerView, SentinelReplicaView, SentinelView, WatchedView } from './sentinel-view.ts';
export { recordWire, type WireChunk, type WireRecorder } from './wire.ts';
export { snapshot, type Snapshot } from './snapshot.ts';
export { digestOfServer } from './digest.ts';
export { fingerprintOfServer } from './fingerprint.ts';
