/* A file of this folder as one module that a browser can load. */
import { resolve } from 'node:path';
import { rolldown } from 'rolldown';

export async function bundled(name: string): Promise<string> {
  const bundle = await rolldown({ input: resolve(import.meta.dirname, name), platform: 'browser', logLevel: 'silent' });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
  await bundle.close();
  return output[0].code;
}
