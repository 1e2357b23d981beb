# Ce que ce connecteur dit aux gens, en français.

## manifest
acomba-title = Acomba
acomba-api-key = Clé d'accès de l'AcoBridge
acomba-host = L'AcoBridge, sur le poste où se trouve Acomba
acomba-customer = Client
acomba-supplier = Fournisseur
acomba-product = Produit
acomba-product-group = Groupe de produits
acomba-term = Terme de paiement
acomba-tax = Taxe
acomba-tax-group = Groupe de taxes
acomba-salesperson = Vendeur
acomba-territory = Territoire
acomba-invoice = Facture
acomba-quote = Soumission
acomba-order = Commande
acomba-open-order = Commande ouverte
acomba-contract = Contrat

## field
acomba-read-only = { $field } est établi par Acomba et ne peut pas être écrit
acomba-cannot-be-empty = { $field } ne peut pas être vide dans Acomba
acomba-character = Acomba ne peut pas conserver le caractère « { $character } » ({ $code }) dans { $field }
acomba-whole-number = « { $value } » dans { $field } n'est pas un numéro d'Acomba : ce sont des nombres entiers
acomba-unfit = { $value } ne convient pas à { $field }

## amount
acomba-too-many-decimals = { $amount } dans { $field } a plus de { $max } décimales ; arrondissez-le dans le flux
acomba-too-many-digits = { $amount } dans { $field } a plus de { $max } chiffres, ce qu'Acomba ne peut pas conserver
acomba-no-number = { $value } dans { $field } n'est pas un nombre

## card
acomba-no-card-number = Acomba exige un numéro pour chaque fiche
acomba-no-field = { $entity } n'a pas de champ { $field }

## invoice
acomba-too-many-lines = La facture a { $count } lignes une fois ses longues descriptions coupées ; Acomba en prend { $max }
acomba-line-kind = { $field } doit être product ou comment
acomba-neither-product-nor-group = { $line } n'a ni produit ni groupe de produits : Acomba la prendrait pour un commentaire
acomba-no-reference = Une facture doit avoir une référence, sans quoi elle pourrait être saisie deux fois sans que personne s'en aperçoive
acomba-no-day = { $value } dans { $field } n'est pas une date
acomba-no-list = { $field } doit être une liste
acomba-missing = { $field } manque

## lookup
acomba-no-key = { $entity } ne peut pas être cherché par { $fields }
acomba-no-progress = Le pont redonne la même page

## writing
acomba-after-lost-answer = Pas envoyé : le pont n'a pas répondu à la demande précédente
acomba-later = Pas encore envoyé : les demandes précédentes ont pris tout le temps de l'appel
acomba-body = L'enregistrement n'est pas un objet JSON : { $reason }
acomba-invoice-is-final = Acomba ne permet pas de modifier une facture ; corrigez-la par un crédit dans Acomba
acomba-no-delete = On ne supprime rien dans Acomba, car la position d'une fiche est son identité ; désactivez plutôt la fiche
acomba-no-position = « { $id } » n'est pas la position d'une fiche
acomba-no-position-told = Le pont a exécuté la demande sans dire la position de la fiche

## refusal
acomba-number-taken = Acomba a déjà ce numéro, à la fiche { $card } : { $reason }
acomba-duplicate-reference = Acomba a déjà une facture avec cette référence pour ce client, à la fiche { $card }
acomba-unauthorized = Le pont refuse la clé d'accès
acomba-forbidden = La clé d'accès ne donne pas droit à la société « { $company } » du pont
acomba-bad-request = Le pont ne comprend pas la demande : { $reason }
acomba-not-found = Acomba n'a pas cette fiche
acomba-deleted = La fiche a été supprimée dans Acomba
acomba-company-not-found = Acomba ne trouve pas de société dans le dossier de « { $company } » : il a peut-être été déplacé
acomba-not-allowed = Acomba ne le permet pas : on ne modifie pas une facture et on ne supprime pas une fiche
acomba-changed = La fiche a été modifiée dans Acomba depuis sa lecture
acomba-reserved = Quelqu'un a la fiche ouverte dans Acomba
acomba-company-locked = Acomba réserve la société pour lui seul (remontage, restauration, fin d'année)
acomba-queue-full = Trop de demandes attendent déjà au pont
acomba-closed-window = Le pont est fermé à cette heure, pour la copie de sécurité des fichiers d'Acomba
acomba-sdk-not-started = Le pont ne peut pas démarrer le SDK d'Acomba : { $reason }
acomba-login-failed = Acomba refuse l'usager ou le mot de passe du pont : { $reason }
acomba-licence-limit = Acomba n'a plus de licence pour le pont : { $reason }
acomba-version-mismatch = Le SDK du pont ne correspond pas à la version d'Acomba : { $reason }
acomba-locked = Acomba retient ceci pour un moment : { $reason }
acomba-throttled = Le pont demande moins de requêtes
acomba-rejected = Acomba refuse cet enregistrement : { $reason }
acomba-not-supported = Le pont n'offre pas ceci : { $reason }
acomba-unavailable = Le pont ne peut pas répondre en ce moment : { $reason }
acomba-outcome-unknown = Le pont a échoué pendant qu'il avait la demande ; Acomba l'a peut-être exécutée : { $reason }

## company
acomba-another-company = Le dossier de « { $company } » contient une autre société ({ $found }) que celle de cette connexion ({ $expected }) ; rien n'a été envoyé

## bridge
acomba-out-of-shape = Il manque « { $property } » dans la réponse : cette adresse est-elle celle d'un AcoBridge de version 1 ?

## doctor
acomba-place-connection = La connexion dans le fichier du locataire, et ses secrets
acomba-fix-connection = Réglez `base_url` et `company`, et le secret `api_key` à la clé inscrite dans la configuration du pont
acomba-place-grants = La connexion dans le fichier du locataire : `base_url` et les hôtes accordés
acomba-fix-address = Réglez `base_url` à l'adresse du pont, par exemple https://srv-acomba:8443, et accordez son hôte ; actuellement : { $address }
acomba-bridge-unreachable = Aucun AcoBridge ne répond à { $address }
acomba-place-service = Sur le poste où se trouve Acomba : Services de Windows > AcoBridge
acomba-fix-service = Démarrez le service AcoBridge (démarrage automatique), ouvrez son port dans le pare-feu et comparez son adresse et son port avec `base_url`
acomba-place-bridge = Configuration de l'AcoBridge > sociétés > { $company } > { $part }
acomba-place-keys = Configuration de l'AcoBridge > clés d'accès
acomba-fix-alias = Autorisez l'alias { $company } pour cette clé, ou réglez `company` à un alias que connaît le pont
acomba-fix-folder = Réglez CompanyPath au dossier où se trouve maintenant la société, celui sous F1000.dta qu'Acomba ouvre
acomba-fix-login = Réglez UsNumber et le mot de passe à un usager d'Acomba qui a les droits sur ce qui est synchronisé (dernier vu : { $user })
acomba-place-licences = Acomba : les usagers connectés, séances de bureau à distance comprises
acomba-fix-licence = Demandez à quelqu'un de quitter Acomba, ou achetez un usager simultané de plus pour le pont
acomba-place-sdk = Sur le poste où se trouve Acomba : dossier SDK à côté d'Acomba.exe
acomba-fix-version = Mettez d'abord Acomba à jour, sur le serveur et sur tous les postes ; installez ensuite son SDK comme administrateur et redémarrez ; le connecteur en dernier
acomba-fix-window = Rien, si c'est l'heure de la copie de sécurité : les exécutions reprennent à l'ouverture. Sinon, réglez les heures de la fenêtre du pont
acomba-place-exclusive = Acomba : remontage, restauration ou fin d'année
acomba-fix-exclusive = Attendez la fin ; les exécutions reprennent d'elles-mêmes
acomba-fix-sdk = Installez le SDK comme administrateur, redémarrez le poste et vérifiez qu'Acomba lui-même ouvre la société
acomba-fix-key = Réglez le secret `api_key` à une clé qui s'y trouve
acomba-place-log = Sur le poste où se trouve Acomba : le journal de l'AcoBridge
acomba-fix-log = Voyez-y ce qui s'est passé ; le pont a dit : { $reason }
acomba-company = { $company } est ouverte par l'usager { $user } (identité { $id }, Acomba { $acomba }, SDK { $sdk })
acomba-fix-company = Réglez CompanyPath au dossier de la société { $expected } ; ou, si c'est désormais cette société, réglez `company_unique_id` à { $found }
acomba-company-untold = Le pont ne dit pas l'identité de { $company } : un dossier échangé passerait inaperçu
acomba-fix-untold = Mettez l'AcoBridge à jour à une version dont `info` dit l'identité unique de la société
acomba-no-stamps = Ce SDK n'a pas de date de modification pour { $interfaces } : chaque exécution les lit en entier
acomba-place-table = Acomba : les fiches de { $interface }
acomba-no-taxes = La société n'a pas de taxes : les factures avec taxes seront refusées
acomba-fix-taxes = Ajoutez les taxes sous les numéros mêmes que le flux envoie, par exemple TPS et TVQ
acomba-no-product-groups = La société n'a pas de groupes de produits : les lignes de facture sans produit seront refusées
acomba-fix-groups = Ajoutez un groupe de produits pour chaque genre de travail, et mettez son numéro là où le flux le prend
acomba-table-unreadable = { $interface } ne peut pas être lu : { $reason }
acomba-place-rights = Acomba : les droits de l'usager { $user }
acomba-fix-rights = Donnez à l'usager du pont le droit de voir ces fiches
