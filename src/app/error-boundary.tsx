/* A fault in drawing a page stays on that page: what happened, what is safe, the ways out. */
import { Component, type ReactNode } from 'react';
import { Button } from '../ui/index.ts';

interface Props {
  /** Another value (the address) means another page: try again. */
  place: string;
  children: ReactNode;
}

export class ErrorBoundary extends Component<Props, { fault: Error | undefined }> {
  override state: { fault: Error | undefined } = { fault: undefined };

  static getDerivedStateFromError(fault: unknown) {
    return { fault: fault instanceof Error ? fault : new Error(String(fault)) };
  }

  override componentDidUpdate(previous: Props) {
    if (previous.place !== this.props.place && this.state.fault !== undefined) this.setState({ fault: undefined });
  }

  override render() {
    const { fault } = this.state;
    if (fault === undefined) return this.props.children;
    // A part of the page that cannot be fetched is nearly always a new release or a lost connection.
    const missing = /dynamically imported module|Failed to fetch|Importing a module/i.test(fault.message);
    return (
      <div className="sheet" role="alert">
        <h1>{missing ? 'A part of this page could not be loaded' : 'This page could not be drawn'}</h1>
        <p>{missing ? 'Either the connection is gone and this part was not stored yet, or a newer release has replaced it.' : 'The fault is in this product.'} Your progress is saved in this browser.</p>
        <p className="actions"><Button look="primary" onClick={() => location.reload()}>Load the page again</Button><Button onClick={() => location.assign('/')}>Go home</Button></p>
        <details><summary>What failed</summary><pre>{fault.stack ?? fault.message}</pre></details>
      </div>
    );
  }
}
