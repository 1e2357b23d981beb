# Ce que ce connecteur dit aux gens, en français.

## settings
centrixone-account = Le réglage `account` doit être le numéro de compte CentrixOne : des lettres et des chiffres seulement

## api
centrixone-out-of-shape = La réponse de CentrixOne ne contient pas de liste { $object }

## refusal
centrixone-read-refused = CentrixOne ne laisse pas cette clé d'API lire ces fiches ; demandez à son soutien de le permettre
centrixone-filter-refused = CentrixOne ne comprend pas ce qui lui est demandé
centrixone-not-allowed = CentrixOne ne le permet pas : { $reason }. Rien ne s'y supprime ; désactivez plutôt la fiche
centrixone-duplicate = CentrixOne a déjà une telle fiche : { $reason }
centrixone-broken = CentrixOne échoue sur cette fiche, bien que tout ce à quoi elle renvoie existe : { $reason }
centrixone-rejected = CentrixOne refuse cette fiche : { $reason }
centrixone-unauthorized = CentrixOne refuse le numéro de compte ou la clé d'API
centrixone-no-such-object = CentrixOne n'a pas d'adresse de ce genre : voyez le réglage `base_url`, ou bien le fournisseur nomme autrement ce genre d'objet
centrixone-field-protected = CentrixOne ne laisse pas cette clé d'API écrire le champ : { $reason }. Demandez à son soutien que la clé puisse écrire les champs du système comptable
centrixone-protected = CentrixOne protège ceci : { $reason }. La liste, ses contacts et les étapes du système comptable ne peuvent être ni renommés ni supprimés
centrixone-forbidden = CentrixOne ne le permet pas : { $reason }. Accordez au groupe d'utilisateurs de l'API la permission « Contact primaire (Acomba) : écriture » ; en mode unidirectionnel, ou au niveau de sécurité 2, seul son soutien peut ouvrir ces fiches

## field
centrixone-no-field = { $entity } n'a pas de champ { $field }
centrixone-read-only = { $field } est fixé par CentrixOne et ne peut être écrit
centrixone-only-once = { $field } se fixe à la création de la fiche et ne change plus ensuite
centrixone-no-id = « { $id } » dans { $field } n'est pas un identifiant que CentrixOne donne ({ $entity })
centrixone-unfit = { $value } ne convient pas à { $field }

## list
centrixone-no-list = CentrixOne n'a pas de liste nommée « { $list } » : le réglage `list` doit en nommer une autre, ou la synchronisation avec Acomba n'est pas activée dans CentrixOne

## customer
centrixone-no-name = Un client a besoin d'un nom de compagnie : c'est par lui que CentrixOne trouve ou crée le compte

## customer_plan
crm_company_shared = Le contact appartient au compte { $account } de CentrixOne, qui est celui d'un autre client : CentrixOne range dans un même compte les contacts d'une compagnie de même nom. Rendez les deux noms différents, et donnez au contact un compte à lui dans CentrixOne
crm_company_taken = CentrixOne a un client nommé exactement « { $name } » (compte { $account }) et rangerait celui-ci dans le même compte. Liez les deux s'ils n'en font qu'un, sinon rendez les noms différents
centrixone-linked-otherwise = Le compte { $account } de CentrixOne porte un autre de nos identifiants, { $id } ; il se fixe une fois et ne change plus
centrixone-several-accounts = Des contacts de plusieurs comptes de CentrixOne portent notre identifiant { $id } ; ne le laissez qu'à un seul
centrixone-no-account = Le contact { $contact } de CentrixOne n'a pas de compagnie, donc pas de compte ; donnez-lui-en une là-bas
centrixone-lists-unknown = CentrixOne ne dit pas dans quelles listes est le contact { $contact } ; on ne peut en ajouter sans risquer d'en perdre

## customer_write
centrixone-customer-stays = Un client ne se supprime pas dans CentrixOne : il est la clé de la synchronisation. Désactivez plutôt le client dans le système comptable
centrixone-name-twice = Deux nouveaux clients se nomment exactement « { $name } », et CentrixOne les rangerait dans un même compte ; rendez les noms différents
centrixone-primary-changed = Le plus ancien contact du compte { $account } dans la liste est maintenant { $now } ; c'était { $before }
centrixone-customer-changed = Le client { $account } a été modifié dans CentrixOne depuis sa lecture
centrixone-exists = Le client est déjà dans CentrixOne (compte { $account }), avec un autre contenu
centrixone-not-shown = CentrixOne ne montre pas le contact { $contact } qu'il vient de créer
centrixone-half-done = Le contact est créé, son compte n'est pas terminé : { $reason }
centrixone-half-updated = Le compte est écrit, son contact ne l'est pas : { $reason }

## missing
crm_account_missing = CentrixOne n'a pas de compte { $id } : il a été supprimé ou fusionné. Retirez le lien du client et écrivez-le de nouveau, puis cette fiche
crm_user_missing = CentrixOne n'a pas d'utilisateur { $id }. Retirez le lien du vendeur et lancez le flux des vendeurs, puis reprenez cette fiche
crm_stage_missing = CentrixOne n'a pas d'étape de vente { $id } : quelqu'un l'a retirée. Recréez-la dans CentrixOne ou par son flux, puis reprenez cette fiche
crm_category_missing = CentrixOne n'a pas de catégorie de revenu { $id } : les catégories se désactivent, elles ne se suppriment pas. Recréez-la par son flux, puis reprenez cette fiche
crm_list_missing = CentrixOne n'a pas de liste { $id }. Voyez dans CentrixOne de quelle liste il s'agit, et le réglage `list`
crm_opportunity_missing = CentrixOne n'a pas d'opportunité { $id } : elle a été supprimée
crm_contact_missing = CentrixOne n'a pas de contact du compte { $account } (contact { $contact }) dans la liste des clients : il a été supprimé, fusionné ou déplacé. Remettez le contact principal du client dans la liste, ou écrivez de nouveau le client ; puis reprenez cette fiche

## batch
centrixone-page = CentrixOne a répondu par une page de son serveur web plutôt que par des données
centrixone-untold = CentrixOne n'a pas dit ce qu'il est advenu de cette fiche ; elle a pu être écrite
centrixone-after-lost-answer = Non envoyée : CentrixOne n'a pas répondu à la requête précédente
centrixone-later = Pas encore envoyée : les requêtes précédentes ont pris le temps de l'appel

## table_rules
centrixone-user-renamed = Une personne a renommé ou activé cet utilisateur de CentrixOne ; son nom ne suit donc plus le numéro du vendeur : un nouveau nom changerait sa connexion
centrixone-user-activation = Les utilisateurs se créent inactifs ; activez celui-ci dans CentrixOne, où il compte dans l'abonnement
centrixone-there = CentrixOne a déjà cette fiche ({ $entity }, identifiant { $id }), faite par une personne ou par une autre synchronisation
centrixone-needs = Il manque { $field } pour une nouvelle fiche ({ $entity })
centrixone-protected-record = La synchronisation de CentrixOne avec Acomba repose sur cette fiche ({ $entity }) : elle ne doit être ni renommée ni retirée

## table_write
centrixone-no-such-id = « { $id } » n'est l'identifiant d'aucune fiche de CentrixOne ({ $entity })
centrixone-make-by-hand = CentrixOne ne laisse pas créer cette fiche par son API ({ $entity }) : { $reason }. Créez-la à la main dans CentrixOne, nommée exactement ainsi, et relancez le flux
centrixone-deactivate = Une fiche de ce genre ({ $entity }) ne se supprime jamais dans CentrixOne, car d'autres y renvoient ; mettez plutôt `active` à faux
centrixone-stays = Une fiche de ce genre ({ $entity }) ne se supprime pas par l'API de CentrixOne ; laissez-la, ou retirez-la là-bas à la main
centrixone-twice = La même fiche ({ $entity }) se trouve deux fois dans cet appel
centrixone-nothing = Il n'y a rien à écrire

## opportunity
centrixone-no-customer = Une opportunité appartient à un client ; `customer_id` manque

## stage
stage-renamed = L'étape de vente « { $label } » de CentrixOne s'appelle maintenant « { $now } ». Redonnez-lui son nom là-bas, ou inscrivez « { $now } » dans l'option `stage` du flux ; puis reprenez cette fiche
stage-deleted = L'étape de vente « { $label } » de CentrixOne a été supprimée. Rajoutez-la là-bas sous Paramètres > Opportunités > Étapes de vente, ou inscrivez le libellé d'une autre dans l'option `stage` du flux ; puis reprenez cette fiche
stage-percent = L'étape de vente « { $label } » de CentrixOne est à { $percent } %, et non à { $wanted } %. Donnez-lui là-bas un autre libellé, ou inscrivez dans l'option `stage` du flux le libellé d'une étape à { $wanted } % ; puis reprenez cette fiche
stage-no-percent = CentrixOne n'a pas d'étape de vente « { $label } », et sans pourcentage elle ne peut être créée. Inscrivez-en un dans l'option `percent` du flux, ou ajoutez l'étape dans CentrixOne sous Paramètres > Opportunités > Étapes de vente ; puis reprenez cette fiche
stage-not-made = CentrixOne n'a pas créé l'étape de vente « { $label } » : { $reason }. Ajoutez-la là-bas à la main sous Paramètres > Opportunités > Étapes de vente, sous l'étape principale à { $percent } %, avec ce libellé français ; puis reprenez cette fiche

## operation
centrixone-body = La fiche n'est pas un objet JSON : { $reason }

## lookup
centrixone-no-key = Les fiches de CentrixOne ne se cherchent pas par { $fields }

## manifest
centrixone-title = CentrixOne CRM
centrixone-api-key = Clé d'API, telle que le soutien de CentrixOne l'a émise
centrixone-host = L'API de CentrixOne, quand son adresse est fixée
centrixone-default-host = L'API de CentrixOne, quand aucune adresse n'est fixée
centrixone-user = Utilisateur
centrixone-revenue-category = Catégorie de revenu
centrixone-stage = Étape de vente
centrixone-list = Liste
centrixone-opportunity = Opportunité
centrixone-customer = Client

## doctor
centrixone-connected = CentrixOne répond pour le compte { $account }
centrixone-place-connection = La connexion dans le fichier du locataire, et ses secrets
centrixone-fix-connection = Mettez le numéro de compte dans `account` et la clé d'API dans le secret `api_key` ; le soutien de CentrixOne donne les deux sur demande par courriel
centrixone-fix-credentials = Comparez `account` et le secret `api_key` avec ce que le soutien de CentrixOne a envoyé ; demandez-lui une nouvelle clé s'ils sont bons
centrixone-fix-address = Laissez `base_url` vide, ou mettez-y l'adresse que nomme le soutien de CentrixOne, et autorisez son hôte
centrixone-unreachable = CentrixOne ne donne pas de réponse utilisable : { $reason }
centrixone-fix-unreachable = Attendez, si CentrixOne est en entretien ; sinon comparez `base_url` et voyez si cette machine l'atteint
centrixone-list-missing = CentrixOne n'a pas de liste nommée « { $list } », dont les contacts seraient les clients
centrixone-place-lists = CentrixOne : Administration > Listes
centrixone-fix-list = Demandez au soutien de CentrixOne d'activer la synchronisation avec Acomba, qui crée la liste Acomba ; ou mettez dans `list` la liste voulue
centrixone-list-found = La liste « { $list } » (identifiant { $id }) compte { $count } clients
centrixone-contacts-without-company = { $count } contacts de la liste « { $list } » n'ont pas de compagnie ; ils ne sont donc pas des clients
centrixone-place-contacts = CentrixOne : la liste { $list }, les contacts sans compagnie
centrixone-fix-contacts = Inscrivez une compagnie à chacun (le nom de la personne convient), ou retirez-les de la liste
centrixone-object-unreadable = CentrixOne ne montre pas ses { $object } : { $reason }
centrixone-place-support = Le soutien de CentrixOne, par courriel
centrixone-fix-object = Demandez-lui que la clé d'API puisse lire et écrire { $object }
centrixone-place-stages = CentrixOne : Paramètres > Opportunités > Étapes de vente
centrixone-stage-renamed = L'étape de vente « { $label } » s'appelle maintenant « { $now } » ; les documents de cette étape restent de côté
centrixone-fix-stage-renamed = Redonnez-lui son nom, ou inscrivez « { $now } » dans l'option `stage` du flux
centrixone-stage-deleted = L'étape de vente « { $label } » a été supprimée ; les documents de cette étape restent de côté
centrixone-fix-stage-deleted = Rajoutez-la avec ce libellé français, ou inscrivez le libellé d'une autre étape dans l'option `stage` du flux
centrixone-writing-refused = CentrixOne a refusé le dernier client qui a été écrit : { $reason }
centrixone-place-permissions = CentrixOne : Administration > Groupes d'utilisateurs > Permissions > Contact primaire (Acomba) : écriture
centrixone-fix-permissions = Accordez cette permission au groupe d'utilisateurs de l'API. En mode unidirectionnel, ou au niveau de sécurité 2, seul le soutien de CentrixOne peut ouvrir ces fiches
