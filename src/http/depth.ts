/** Documents are a few levels deep; what walks through a value later may be recursive, and the stack is not ours. */
export const JSON_DEPTH_MAX = 32;

/** Whether brackets outside of texts stand in each other past the limit. Goes by the text alone: it may not even be JSON. */
export function isDeep(text: string): boolean {
  let depth = 0;
  let isInText = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (isInText) {
      if (character === "\\") index += 1;
      else if (character === '"') isInText = false;
    } else if (character === '"') isInText = true;
    else if (character === "[" || character === "{") {
      depth += 1;
      if (depth > JSON_DEPTH_MAX) return true;
    } else if (character === "]" || character === "}") depth -= 1;
  }
  return false;
}
