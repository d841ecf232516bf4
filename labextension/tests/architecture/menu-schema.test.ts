import { expect, it } from 'vitest';
import schema from '../../schema/editor-commands.json';
import { ACTION_IDS } from '../../src/editor/actions';
import { menuSchema } from '../../src/features/architecture/menu-schema';

it('the main menu has every action, and is the one that is built (node build-menus.mjs)', () => {
  expect(schema).toEqual(menuSchema());
  for (const id of ACTION_IDS) {
    expect(JSON.stringify(schema)).toContain(`"patholearn:${id}"`);
  }
});
