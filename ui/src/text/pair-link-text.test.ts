import { expect, test } from 'vitest';
import { pairLinkHost, pairLinkIn } from './pair-link-text';

const CODE = 'AbCdEf0123456789-_AbCd';
const LINK = `http://192.168.1.20:7444/#p=${CODE}`;

test.each([
  [LINK, LINK],
  [`  ${LINK}\n`, LINK],
  [`Open ${LINK} on the laptop`, LINK],
  [`<${LINK}>`, LINK],
  [`${LINK} ${LINK}`, LINK],
  [`https://atlas.local:7444/#p=${CODE}`, `https://atlas.local:7444/#p=${CODE}`],
  [`http://[fd00::1]:7444/#p=${CODE}`, `http://[fd00::1]:7444/#p=${CODE}`],
])('a link is found in %j', (text, link) => {
  expect(pairLinkIn(text)).toBe(link);
});

test.each([
  '',
  'hello',
  'http://192.168.1.20:7444/',
  `http://192.168.1.20:7444/#p=${CODE.slice(1)}`,
  `http://192.168.1.20:7444/#p=${CODE}x`,
  `http://user:secret@192.168.1.20:7444/#p=${CODE}`,
  `ftp://192.168.1.20/#p=${CODE}`,
  `javascript:alert(1)#p=${CODE}`,
  `http://#p=${CODE}`,
  // Two links: the person has to choose.
  `${LINK} http://10.0.0.1:7444/#p=${CODE}`,
])('there is none in %j', (text) => {
  expect(pairLinkIn(text)).toBeNull();
});

test('the host of a link', () => {
  expect(pairLinkHost(LINK)).toBe('192.168.1.20:7444');
  expect(pairLinkHost('hello')).toBeNull();
});
