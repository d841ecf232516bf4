// Written by `patholearn schema export`. Do not edit.

export * from './catalog';
export * from './cell';
export * from './check';
export * from './colors';
export * from './document';
export * from './operations';
