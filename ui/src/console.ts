/** Entry point of the protocol console, a page for people who write clients. */
import '@fontsource-variable/inter';
import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import Console from './views/console/Console.svelte';

const target = document.getElementById('app');
if (target) mount(Console, { target });
