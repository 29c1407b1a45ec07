/*
 * What the deployment is for, and how far it is: what must hold, the goals of its scenario, what is going to happen by
 * itself, and the ledger of each client, which alone can say what was lost.
 */
import type { Answers, LedgerSummary } from '../../lab/protocol.ts';
import { Empty, Icon } from '../../ui/index.ts';
import { clock, type GoalFacts } from './goal-facts.ts';

const ABOUT: Readonly<Record<string, string>> = {
  'must hold': 'No server contradicts another',
  'one-master': 'There is one master',
  'replicas-in-sync': 'Every replica is in step with its master',
  'slots-covered': 'Every slot has an owner, and the cluster is ok',
  'sentinels-agree': 'The Sentinels name the same master',
  'writes-accepted': 'Writes are accepted',
  'acknowledged-writes-survive': 'No acknowledged write is lost',
};

const WORDS = { met: 'met', 'not yet': 'not yet', violated: 'violated' } as const;

type Judgement = Answers['goals']['judgements'][number];

function Verdict({ verdict }: Pick<Judgement, 'verdict'>) {
  return <span className="verdict-mark" data-verdict={verdict}><Icon name={verdict === 'met' ? 'check' : verdict === 'violated' ? 'close' : 'clock'} size={12} /> {WORDS[verdict]}</span>;
}

function Row({ judgement }: { judgement: Judgement }) {
  return (
    <li data-verdict={judgement.verdict}>
      <Verdict verdict={judgement.verdict} />
      <div><strong>{ABOUT[judgement.about] ?? judgement.about}</strong><p>{judgement.because}</p></div>
    </li>
  );
}

function Ledger({ ledger }: { ledger: LedgerSummary }) {
  const { host, acked, unknown, failed, last } = ledger;
  const missing = [...ledger.lost, ...ledger.away];
  return (
    <section className="ledger" aria-label={`Ledger of ${host}`}>
      <h3>{host}</h3>
      <dl>
        <div><dt>acknowledged</dt><dd>{acked.toLocaleString('en')}</dd></div>
        <div><dt>unknown</dt><dd>{unknown.toLocaleString('en')}</dd></div>
        <div><dt>failed</dt><dd>{failed.toLocaleString('en')}</dd></div>
        <div data-bad={ledger.lostCount > 0}><dt>lost</dt><dd>{ledger.lostCount.toLocaleString('en')}</dd></div>
        {ledger.awayCount === 0 ? null : <div data-odd="true"><dt>out of reach</dt><dd>{ledger.awayCount.toLocaleString('en')}</dd></div>}
      </dl>
      {last === undefined ? <p>It has written nothing yet.</p> : <p>Its last write, <code>{last.key}</code>, {last.outcome === 'acked' ? 'was acknowledged' : last.outcome === 'unknown' ? 'got no answer: it may have been carried out or not' : `failed: ${last.why.replace(/\.$/, '')}`}.</p>}
      {missing.length === 0 ? null : (
        <details>
          <summary>{ledger.lostCount > 0 ? `Lost: acknowledged, and no master holds ${ledger.lostCount === 1 ? 'it' : 'them'}` : 'Out of reach: acknowledged, and no master runs that should hold them'}</summary>
          <ul className="ledger-lost">{(ledger.lostCount > 0 ? ledger.lost : ledger.away).map(({ key, second }) => <li key={key}><code>{key}</code> <span className="numbers">{second} s</span></li>)}</ul>
          {ledger.lostCount > ledger.lost.length ? <p>And {(ledger.lostCount - ledger.lost.length).toLocaleString('en')} more.</p> : null}
        </details>
      )}
    </section>
  );
}

export function Goals({ goals, atUs }: { goals: GoalFacts | undefined; atUs: number }) {
  if (goals === undefined) return <Empty title="Nothing is judged yet"><p>As soon as the machines stand, their goals are looked at about once a second.</p></Empty>;
  const own = goals.judgements.filter(({ about }) => about !== 'must hold');
  const must = goals.judgements.filter(({ about }) => about === 'must hold');
  const happens = goals.timeline.filter(({ atUs: at }) => at > 0);
  return (
    <div className="goals" tabIndex={0} role="group" aria-label="Goals and ledgers">
      <h2>Goals</h2>
      {own.length === 0 ? <p>This scenario sets no goals.</p> : <ul className="judgements">{own.map((each) => <Row key={each.about} judgement={each} />)}</ul>}
      <h2>What must hold whatever goes wrong</h2>
      <ul className="judgements">{must.map((each) => <Row key={each.because} judgement={each} />)}</ul>
      {goals.ledgers.length === 0 ? null : <><h2>Ledgers of the clients</h2>{goals.ledgers.map((each) => <Ledger key={each.host} ledger={each} />)}</>}
      {happens.length === 0 ? null : (
        <>
          <h2>What happens by itself</h2>
          <ol className="timeline-faults">{happens.map((each) => <li key={`${each.atUs} ${each.fault}`} data-past={each.atUs <= atUs}><span className="numbers">{clock(each.atUs)}</span> <code>{each.fault}</code>{each.atUs <= atUs ? ', has happened' : ''}</li>)}</ol>
        </>
      )}
    </div>
  );
}

/** The goals in one line, for the bar. */
export function goalsLine(goals: GoalFacts | undefined): { text: string; verdict: Judgement['verdict'] } | undefined {
  if (goals === undefined || goals.judgements.length === 0) return undefined;
  const own = goals.judgements.filter(({ about, verdict }) => about !== 'must hold' || verdict !== 'met');
  const met = own.filter(({ verdict }) => verdict === 'met').length;
  const violated = own.filter(({ verdict }) => verdict === 'violated').length;
  if (own.length === 0) return undefined;
  return { text: `${met} of ${own.length} goals met${violated === 0 ? '' : `, ${violated} violated`}`, verdict: violated > 0 ? 'violated' : met === own.length ? 'met' : 'not yet' };
}
