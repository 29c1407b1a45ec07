/* An address that leads nowhere. */
import { Link } from 'react-router';
import { buttonClass } from '../../ui/index.ts';
import { usePage } from '../page.tsx';

export default function NotFound() {
  usePage('Not found', [{ label: 'Not found' }]);
  return (
    <div className="sheet" data-region="text">
      <h1><code className="nil">(nil)</code></h1>
      <p className="sheet-lead">No page is stored under this address. It may have moved; search finds lessons and commands by their words.</p>
      <p className="actions"><Link className={buttonClass('primary')} to="/learn">See all weeks</Link><Link className={buttonClass()} to="/">Go home</Link></p>
    </div>
  );
}
