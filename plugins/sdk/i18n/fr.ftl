# Les mots du SDK, ajoutés au catalogue de chaque connecteur.
sdk-settings = Les réglages sont inutilisables : { $reason }
sdk-not-offered = Ce connecteur n'offre pas { $operation } pour { $entity }
sdk-no-entity = Ce connecteur n'a pas d'entité { $entity }
sdk-no-answer = Le système n'a pas répondu
sdk-outcome-unknown = La requête est partie sans réponse ; elle a peut-être été exécutée
sdk-denied = L'hôte n'autorise pas cette requête : voir les hôtes accordés à la connexion
sdk-own-limit = La limite d'appels de la connexion est atteinte
sdk-unreachable = Le système est injoignable
sdk-bad-url = L'adresse du système n'est pas une URL utilisable
sdk-no-secret = Le secret { $name } n'est pas défini
sdk-rubbish = Le système a répondu avec l'état { $status } et un contenu illisible
sdk-lost = Le système a répondu avec l'état { $status } ; la requête a peut-être été exécutée
sdk-throttled = Le système demande moins d'appels
sdk-busy = Le système n'est pas disponible (état { $status })
sdk-cursor = La position enregistrée est illisible : { $reason }
