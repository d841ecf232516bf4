/** JupyterLab's main menu for drawings, as its settings want it: one entry for each action of the editor. */
import { ACTION_IDS, ACTIONS, GROUPS } from '../../editor/actions';

interface MenuItem {
  type?: 'submenu' | 'separator';
  command?: string;
  submenu?: { id: string; label: string; items: MenuItem[] };
}

export function menuSchema(): object {
  const groups = GROUPS.map((group): MenuItem => ({
    type: 'submenu',
    submenu: {
      id: `patholearn-menu-${group.toLowerCase()}`,
      label: group,
      items: ACTION_IDS.filter(id => ACTIONS[id].group === group).map(id => ({ command: `patholearn:${id}` }))
    }
  }));
  return {
    title: 'PathoLearn Lab',
    description: 'The menu for drawn networks.',
    'jupyter.lab.menus': {
      main: [
        {
          id: 'jp-mainmenu-patholearn',
          label: 'PathoLearn',
          rank: 95,
          items: [{ command: 'patholearn:create-architecture' }, { type: 'separator' }, ...groups]
        },
        { id: 'jp-mainmenu-help', items: [{ command: 'patholearn:start-tour', rank: 5 }] }
      ]
    },
    type: 'object',
    properties: {},
    additionalProperties: false
  };
}
