/* A part of the course that could not be fetched. */
import { Button } from '../../ui/index.ts';

export function Fault({ fault }: { fault: Error }) {
  return (
    <div className="sheet" role="alert">
      <h1>This text could not be loaded</h1>
      <p className="sheet-lead">It is fetched the first time it is opened, unless the whole course is stored already. Your progress is safe.</p>
      <p className="actions"><Button look="primary" onClick={() => location.reload()}>Try again</Button></p>
      <details><summary>What failed</summary><pre>{fault.message}</pre></details>
    </div>
  );
}
