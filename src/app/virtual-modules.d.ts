/* What the build gives the page: the compiled course (content plugin) and the notices of other people's work. */
declare module 'virtual:course' {
  export const outline: import('../lessons/index.ts').PageOutline;
  export function loadItem(id: string): Promise<import('../lessons/index.ts').Item>;
}
declare module 'virtual:weeks' {
  export const modules: readonly import('../lessons/index.ts').Module[];
}
declare module 'virtual:questions' {
  export const questions: readonly import('../lessons/index.ts').Question[];
}
declare module 'virtual:search' {
  export const documents: readonly import('../lessons/index.ts').SearchDocument[];
}
declare module 'virtual:deployments' {
  export const deployments: readonly import('../lessons/index.ts').Deployment[];
}
declare module 'virtual:notices' {
  export const notices: readonly { name: string; version: string; licence: string; text: string }[];
}
/** What the build keeps away from the first prompt: importing it puts every handler in its place (parts plugin). */
declare module 'virtual:rest' {}
