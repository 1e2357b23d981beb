"""
Every sentence for people, in English and French (Fluent). A vendor's own words are never translated: they
travel in `vendor_text`.
"""

from wit_world.imports.liaison_connector_types import Text

CATALOGUES = {
    "en": """
python-tasks-title = Tasks of the example API
python-tasks-task = Task
python-tasks-api-key = API key
python-tasks-host = The address in the setting base_url
python-tasks-connected = The API answers for { $account }
python-tasks-read-only = The account may read and not write
python-tasks-place-plan = Account › Plan
python-tasks-fix-plan = Choose a plan that may write
python-tasks-place-connection = The connection in the tenant's file, and its secrets
python-tasks-fix-connection = Compare base_url and the secret api_key with what the API's operator gave
python-tasks-no-secret = The secret api_key is not set
python-tasks-no-entity = This connector has no entity { $entity }
python-tasks-defect = The connector has a defect: { $reason }
python-tasks-cursor = The saved place cannot be read
python-tasks-denied = The host does not allow this request: see the granted hosts of the connection
python-tasks-unreachable = The API cannot be reached
python-tasks-own-limit = The connection's own rate limit is used up
python-tasks-no-answer = The API did not answer
python-tasks-outcome-unknown = The request left and no usable answer came; it may have been carried out
python-tasks-unusable = The API answered with status { $status } and nothing usable
python-tasks-busy = The API is not available (status { $status })
python-tasks-throttled = The API asks for fewer calls
python-tasks-unauthorized = The API refuses the key
python-tasks-not-found = The API has no such task
python-tasks-exists = A task with this number is there already
python-tasks-changed = The task changed since it was read
python-tasks-locked = Somebody has the task open
python-tasks-rejected = The API refuses the task as it is
""",
    "fr": """
python-tasks-title = Tâches de l'API d'exemple
python-tasks-task = Tâche
python-tasks-api-key = Clé d'API
python-tasks-host = L'adresse du réglage base_url
python-tasks-connected = L'API répond pour { $account }
python-tasks-read-only = Le compte peut lire, mais non écrire
python-tasks-place-plan = Compte › Forfait
python-tasks-fix-plan = Choisir un forfait qui permet d'écrire
python-tasks-place-connection = La connexion dans le fichier du client, et ses secrets
python-tasks-fix-connection = Comparer base_url et le secret api_key avec ce que l'exploitant de l'API a donné
python-tasks-no-secret = Le secret api_key n'est pas défini
python-tasks-no-entity = Ce connecteur n'a pas d'entité { $entity }
python-tasks-defect = Le connecteur a un défaut : { $reason }
python-tasks-cursor = La position enregistrée est illisible
python-tasks-denied = L'hôte ne permet pas cette requête : voir les hôtes accordés à la connexion
python-tasks-unreachable = L'API est injoignable
python-tasks-own-limit = La limite de débit de la connexion est épuisée
python-tasks-no-answer = L'API n'a pas répondu
python-tasks-outcome-unknown = La requête est partie et aucune réponse utilisable n'est venue; elle a peut-être été exécutée
python-tasks-unusable = L'API a répondu avec l'état { $status } et rien d'utilisable
python-tasks-busy = L'API n'est pas disponible (état { $status })
python-tasks-throttled = L'API demande moins d'appels
python-tasks-unauthorized = L'API refuse la clé
python-tasks-not-found = L'API n'a pas cette tâche
python-tasks-exists = Une tâche porte déjà ce numéro
python-tasks-changed = La tâche a changé depuis sa lecture
python-tasks-locked = Quelqu'un a la tâche ouverte
python-tasks-rejected = L'API refuse la tâche telle quelle
""",
}


def catalogue(lang):
    return CATALOGUES.get(lang)


def text(key, **args):
    """A sentence by its key, with the English one for whoever lacks the catalogue."""
    whole = f"python-tasks-{key}"
    line = next(line for line in CATALOGUES["en"].splitlines() if line.startswith(f"{whole} = "))
    fallback = line[len(whole) + 3 :]
    for name, value in args.items():
        fallback = fallback.replace(f"{{ ${name} }}", str(value))
    return Text(whole, [(name, str(value)) for name, value in args.items()], fallback)
