/** Every command of the labextension. */
export const CommandIDs = {
  writeCell: 'patholearn:write-cell'
} as const;
