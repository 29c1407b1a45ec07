/** A lifetime in the two largest units that say something: "12 s", "29 m 40 s", "3 d 4 h". Rounded as TTL rounds. */
export function ttlText(ms: number): string {
  const seconds = Math.max(0, Math.floor((ms + 500) / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} m`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
