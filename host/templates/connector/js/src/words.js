// Every sentence for people, in English and French (Fluent). A vendor's own words are never translated: they
// travel in `vendorText`.

const CATALOGUES = {
  en: `
{{name}}-title = Tasks of the example API
{{name}}-task = Task
{{name}}-api-key = API key
{{name}}-host = The address in the setting base_url
{{name}}-connected = The API answers for { $account }
{{name}}-read-only = The account may read and not write
{{name}}-place-plan = Account › Plan
{{name}}-fix-plan = Choose a plan that may write
{{name}}-place-connection = The connection in the tenant's file, and its secrets
{{name}}-fix-connection = Compare base_url and the secret api_key with what the API's operator gave
{{name}}-no-secret = The secret api_key is not set
{{name}}-no-entity = This connector has no entity { $entity }
{{name}}-defect = The connector has a defect: { $reason }
{{name}}-cursor = The saved place cannot be read
{{name}}-denied = The host does not allow this request: see the granted hosts of the connection
{{name}}-unreachable = The API cannot be reached
{{name}}-own-limit = The connection's own rate limit is used up
{{name}}-no-answer = The API did not answer
{{name}}-outcome-unknown = The request left and no usable answer came; it may have been carried out
{{name}}-unusable = The API answered with status { $status } and nothing usable
{{name}}-busy = The API is not available (status { $status })
{{name}}-throttled = The API asks for fewer calls
{{name}}-unauthorized = The API refuses the key
{{name}}-not-found = The API has no such task
{{name}}-exists = A task with this number is there already
{{name}}-changed = The task changed since it was read
{{name}}-locked = Somebody has the task open
{{name}}-rejected = The API refuses the task as it is
`,
  fr: `
{{name}}-title = Tâches de l'API d'exemple
{{name}}-task = Tâche
{{name}}-api-key = Clé d'API
{{name}}-host = L'adresse du réglage base_url
{{name}}-connected = L'API répond pour { $account }
{{name}}-read-only = Le compte peut lire, mais non écrire
{{name}}-place-plan = Compte › Forfait
{{name}}-fix-plan = Choisir un forfait qui permet d'écrire
{{name}}-place-connection = La connexion dans le fichier du client, et ses secrets
{{name}}-fix-connection = Comparer base_url et le secret api_key avec ce que l'exploitant de l'API a donné
{{name}}-no-secret = Le secret api_key n'est pas défini
{{name}}-no-entity = Ce connecteur n'a pas d'entité { $entity }
{{name}}-defect = Le connecteur a un défaut : { $reason }
{{name}}-cursor = La position enregistrée est illisible
{{name}}-denied = L'hôte ne permet pas cette requête : voir les hôtes accordés à la connexion
{{name}}-unreachable = L'API est injoignable
{{name}}-own-limit = La limite de débit de la connexion est épuisée
{{name}}-no-answer = L'API n'a pas répondu
{{name}}-outcome-unknown = La requête est partie et aucune réponse utilisable n'est venue; elle a peut-être été exécutée
{{name}}-unusable = L'API a répondu avec l'état { $status } et rien d'utilisable
{{name}}-busy = L'API n'est pas disponible (état { $status })
{{name}}-throttled = L'API demande moins d'appels
{{name}}-unauthorized = L'API refuse la clé
{{name}}-not-found = L'API n'a pas cette tâche
{{name}}-exists = Une tâche porte déjà ce numéro
{{name}}-changed = La tâche a changé depuis sa lecture
{{name}}-locked = Quelqu'un a la tâche ouverte
{{name}}-rejected = L'API refuse la tâche telle quelle
`,
};

/** @param {string} lang */
export function catalogue(lang) {
  return CATALOGUES[lang];
}

/**
 * A sentence by its key, with the English one for whoever lacks the catalogue.
 * @param {string} key without the connector's name
 * @param {Record<string, string | number>} args
 */
export function text(key, args = {}) {
  const whole = `{{name}}-${key}`;
  const line = CATALOGUES.en.split('\n').find((line) => line.startsWith(`${whole} = `));
  const pairs = Object.entries(args).map(([name, value]) => [name, String(value)]);
  let fallback = line.slice(whole.length + 3);
  for (const [name, value] of pairs) fallback = fallback.replaceAll(`{ $${name} }`, value);
  return { key: whole, args: pairs, fallback };
}
