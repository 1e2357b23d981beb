// Every sentence for people, in English and French (Fluent). A vendor's own words are never translated: they
// travel in `vendorText`.

const CATALOGUES = {
  en: `
js-tasks-title = Tasks of the example API
js-tasks-task = Task
js-tasks-api-key = API key
js-tasks-host = The address in the setting base_url
js-tasks-connected = The API answers for { $account }
js-tasks-read-only = The account may read and not write
js-tasks-place-plan = Account › Plan
js-tasks-fix-plan = Choose a plan that may write
js-tasks-place-connection = The connection in the tenant's file, and its secrets
js-tasks-fix-connection = Compare base_url and the secret api_key with what the API's operator gave
js-tasks-no-secret = The secret api_key is not set
js-tasks-no-entity = This connector has no entity { $entity }
js-tasks-defect = The connector has a defect: { $reason }
js-tasks-cursor = The saved place cannot be read
js-tasks-denied = The host does not allow this request: see the granted hosts of the connection
js-tasks-unreachable = The API cannot be reached
js-tasks-own-limit = The connection's own rate limit is used up
js-tasks-no-answer = The API did not answer
js-tasks-outcome-unknown = The request left and no usable answer came; it may have been carried out
js-tasks-unusable = The API answered with status { $status } and nothing usable
js-tasks-busy = The API is not available (status { $status })
js-tasks-throttled = The API asks for fewer calls
js-tasks-unauthorized = The API refuses the key
js-tasks-not-found = The API has no such task
js-tasks-exists = A task with this number is there already
js-tasks-changed = The task changed since it was read
js-tasks-locked = Somebody has the task open
js-tasks-rejected = The API refuses the task as it is
`,
  fr: `
js-tasks-title = Tâches de l'API d'exemple
js-tasks-task = Tâche
js-tasks-api-key = Clé d'API
js-tasks-host = L'adresse du réglage base_url
js-tasks-connected = L'API répond pour { $account }
js-tasks-read-only = Le compte peut lire, mais non écrire
js-tasks-place-plan = Compte › Forfait
js-tasks-fix-plan = Choisir un forfait qui permet d'écrire
js-tasks-place-connection = La connexion dans le fichier du client, et ses secrets
js-tasks-fix-connection = Comparer base_url et le secret api_key avec ce que l'exploitant de l'API a donné
js-tasks-no-secret = Le secret api_key n'est pas défini
js-tasks-no-entity = Ce connecteur n'a pas d'entité { $entity }
js-tasks-defect = Le connecteur a un défaut : { $reason }
js-tasks-cursor = La position enregistrée est illisible
js-tasks-denied = L'hôte ne permet pas cette requête : voir les hôtes accordés à la connexion
js-tasks-unreachable = L'API est injoignable
js-tasks-own-limit = La limite de débit de la connexion est épuisée
js-tasks-no-answer = L'API n'a pas répondu
js-tasks-outcome-unknown = La requête est partie et aucune réponse utilisable n'est venue; elle a peut-être été exécutée
js-tasks-unusable = L'API a répondu avec l'état { $status } et rien d'utilisable
js-tasks-busy = L'API n'est pas disponible (état { $status })
js-tasks-throttled = L'API demande moins d'appels
js-tasks-unauthorized = L'API refuse la clé
js-tasks-not-found = L'API n'a pas cette tâche
js-tasks-exists = Une tâche porte déjà ce numéro
js-tasks-changed = La tâche a changé depuis sa lecture
js-tasks-locked = Quelqu'un a la tâche ouverte
js-tasks-rejected = L'API refuse la tâche telle quelle
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
  const whole = `js-tasks-${key}`;
  const line = CATALOGUES.en.split('\n').find((line) => line.startsWith(`${whole} = `));
  const pairs = Object.entries(args).map(([name, value]) => [name, String(value)]);
  let fallback = line.slice(whole.length + 3);
  for (const [name, value] of pairs) fallback = fallback.replaceAll(`{ $${name} }`, value);
  return { key: whole, args: pairs, fallback };
}
