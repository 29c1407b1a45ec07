/* What this is, whom the names belong to, and whose work is in it. */
import { useEffect, useState } from 'react';
import { outline } from '../course.ts';
import { usePage } from '../page.tsx';

interface Notice {
  name: string;
  version: string;
  licence: string;
  text: string;
}

export default function About() {
  usePage('About', [{ label: 'About' }]);
  const [notices, setNotices] = useState<readonly Notice[]>();
  useEffect(() => {
    let gone = false;
    void import('virtual:notices').then((module) => { if (!gone) setNotices(module.notices); });
    return () => { gone = true; };
  }, []);
  return (
    <div className="sheet" data-region="text">
      <h1>About Keyspace</h1>
      <div className="about-text">
        <p>Keyspace is a place to learn Redis by running it. The server in this page is written anew, in TypeScript, to answer what {outline.reference.product} {outline.reference.version} answers. It runs in this tab; nothing you type leaves it.</p>
        <p>{outline.reference.note}</p>
        <h2>Names</h2>
        <p>Redis is a trademark of its owner. Keyspace is an independent project. It is not made, endorsed or sponsored by the company Redis, and it contains none of its code.</p>
        <h2>What is simulated</h2>
        <p>Time, disk and network are simulated, so that a crash can be rehearsed and a second can be a minute. A measurement taken here says nothing about the speed of a real machine.</p>
        <h2>What is kept</h2>
        <p>Your progress and your sandbox are stored in this browser and nowhere else. The page sends nothing and counts nobody.</p>
        <h2>Licence</h2>
        <p>The MIT licence.</p>
      </div>
      <section className="notices-list">
        <h2>Third-party notices</h2>
        <p>Keyspace stands on the work of others. Their licences, as they ask to be shown:</p>
        {notices?.map((notice) => (
          <details key={notice.name} className="fold">
            <summary>{notice.name} {notice.version} <small>{notice.licence}</small></summary>
            <pre tabIndex={0}>{notice.text}</pre>
          </details>
        ))}
      </section>
    </div>
  );
}
