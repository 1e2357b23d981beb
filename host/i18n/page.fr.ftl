# La page web de `liaison serve`. Mêmes clés que dans page.en.ftl.
# Là où un nombre est dit, `n` est le nombre tel qu'affiché et `plural` vaut `one` ou `other`.

# Le cadre
page-skip = Passer au contenu
page-menu = Menu principal
page-overview = Vue d'ensemble
page-journal = Journal
page-quarantine = Quarantaine
page-conflicts = Conflits
page-links = Liens
page-send = Envoi
page-connectors = Connecteurs
page-sign-in = Ouvrir une session
page-sign-out = Fermer la session
page-zone = Heures de { $zone }
page-records = { $plural ->
        [one] { $n } enregistrement
       *[other] { $n } enregistrements
    }

# Le temps
page-time = { $hour } h { $minute }
page-today = aujourd'hui à { $time }
page-yesterday = hier à { $time }
page-tomorrow = demain à { $time }
page-date = le { $date } à { $time }
page-under-a-second = moins d'une seconde
page-seconds = { $s } s
page-minutes = { $m } min { $s } s
page-even-minutes = { $m } min
page-even-hours = { $h } h
page-hours = { $h } h { $m } min

# Ce qu'un formulaire a fait
page-done-run = C'est demandé. Le passage commence dès que vient le tour du flux.
page-done-running = Le flux est déjà en cours.
page-done-paused = Suspendu. Le flux ne fait plus rien de lui-même jusqu'à la reprise ; rien ne se perd entre-temps.
page-done-resumed = Repris. Un seul passage rattrape ce qui a été manqué.
page-done-retry = C'est demandé. Le prochain passage essaiera de nouveau.
page-done-dropped = Abandonné. L'enregistrement n'est plus en quarantaine.
page-done-chosen = C'est choisi. Le prochain passage l'écrira.
page-done-signed-out = La session est fermée.

# Comment finissent les passages
page-status-completed = Terminé avec succès
page-status-problems = Terminé, des enregistrements demandent votre attention
page-status-interrupted = Interrompu, rien n'est perdu
page-status-waiting = En attente du prochain appel du système
page-status-failed = Échoué : veuillez le signaler
page-running = En cours
page-running-for = depuis { $long }
page-never-ran = Jamais exécuté
page-crashed = Coupé par l'arrêt du programme ; rien n'est perdu
page-began = Commencé
page-last-success = Dernier succès
page-n-read = { $plural ->
        [one] { $n } lu
       *[other] { $n } lus
    }
page-n-created = { $plural ->
        [one] { $n } créé
       *[other] { $n } créés
    }
page-n-adopted = { $plural ->
        [one] { $n } lié
       *[other] { $n } liés
    }
page-n-updated = { $n } mis à jour
page-n-unchanged = { $plural ->
        [one] { $n } inchangé
       *[other] { $n } inchangés
    }
page-n-filtered = { $plural ->
        [one] { $n } non retenu
       *[other] { $n } non retenus
    }
page-n-waiting = { $n } en attente
page-n-conflict = { $n } en conflit
page-n-quarantined = { $plural ->
        [one] { $n } mis en quarantaine
       *[other] { $n } mis en quarantaine
    }
page-n-held = { $n } toujours en quarantaine
page-n-not-reached = { $plural ->
        [one] { $n } non atteint
       *[other] { $n } non atteints
    }
page-n-none = rien à faire

# Vue d'ensemble
page-flow = Flux
page-all-flows = Tous les flux
page-all-of-tenant = Tous ceux de { $tenant }
page-show = Afficher
page-state = État
page-last-runs = Derniers passages
page-next-run = Prochain passage
page-actions = Actions
page-flows-of = Flux de { $tenant }
page-from-to = de { $from } vers { $to }
page-to = vers
page-since = depuis
page-no-flows = Il n'y a pas encore de flux. Ajoutez-en un avec `liaison flow add`.
page-all-well = Tout concorde.
page-all-failed = { $plural ->
        [one] { $n } flux a échoué.
       *[other] { $n } flux ont échoué.
    }
page-all-interrupted = { $plural ->
        [one] { $n } flux a été interrompu. Rien n'est perdu ; le prochain passage reprendra là.
       *[other] { $n } flux ont été interrompus. Rien n'est perdu ; les prochains passages reprendront là.
    }
page-all-people = { $plural ->
        [one] { $n } enregistrement demande votre attention.
       *[other] { $n } enregistrements demandent votre attention.
    }
page-all-unknown = { $plural ->
        [one] { $n } flux n'a encore jamais été exécuté.
       *[other] { $n } flux n'ont encore jamais été exécutés.
    }
page-refreshes = Tant qu'un flux est en cours, cette page se recharge toutes les 5 secondes.
page-paused = Suspendu
page-off = Désactivé dans le fichier du locataire
page-next-none = aucun
page-next-paused = aucun pendant la suspension
page-next-manual = à votre demande
page-next-retry = nouvel essai
page-next-queued = dès que vient son tour
page-next-window = à l'ouverture de sa plage,
page-next-shut = jamais : sa plage horaire ne s'ouvre à aucun moment
page-run-now = Exécuter
page-pause = Suspendre
page-resume = Reprendre
page-in-quarantine = { $n } en quarantaine
page-in-conflict = { $plural ->
        [one] { $n } conflit
       *[other] { $n } conflits
    }
page-in-waiting = { $n } en attente
page-no-runs = aucun encore
page-runs = { $all } : { $how }
page-runs-last = { $plural ->
        [one] Le dernier passage
       *[other] Les { $n } derniers passages
    }
page-runs-completed = { $plural ->
        [one] { $n } terminé avec succès
       *[other] { $n } terminés avec succès
    }
page-runs-problems = { $n } avec des enregistrements qui demandent votre attention
page-runs-waiting = { $n } en attente d'un appel du système
page-runs-interrupted = { $plural ->
        [one] { $n } interrompu
       *[other] { $n } interrompus
    }
page-runs-failed = { $plural ->
        [one] { $n } échoué
       *[other] { $n } échoués
    }

# Journal
page-journal-search = Mots ou identifiant
page-journal-empty = Le journal ne contient rien ici.
page-search = Chercher
page-only-run = Seulement le passage
page-only-record = Seulement l'enregistrement
page-show-all = Tout afficher
page-older = Entrées plus anciennes
page-more = En afficher plus
page-when = Quand
page-event = Événement
page-record = Enregistrement
page-what = Détails
page-nothing-found = Rien n'a été trouvé.
page-event-link-made = Lié à la main
page-event-link-moved = Lien déplacé
page-event-conflict-resolved = Conflit réglé
page-event-deleted = Supprimé
page-event-files-wrong = Fichiers erronés
page-event-window-closed = Hors des heures
page-event-reset = Réinitialisé
page-event-created = Créé
page-event-adopted = Lié
page-event-updated = Mis à jour
page-event-written-back = Retranscrit à la source
page-event-recovered = Rétabli
page-event-retried = Nouvel essai
page-event-waiting = En attente
page-event-quarantined = Mis en quarantaine
page-event-conflict = Conflit
page-event-overwritten = Écrasé
page-event-not-kept = Non conservé
page-event-image-deleted = Supprimé dans le reflet
page-event-source-gone = Disparu de la source
page-event-report-failed = Signalement échoué
page-event-dropped = Abandonné
page-event-withdrawn = Repris
page-event-link-removed = Lien retiré
page-event-connector-installed = Connecteur installé
page-event-connector-upgraded = Connecteur mis à jour
page-event-connector-rolled-back = Retour à la version d'avant
page-event-connector-withdrawn = Connecteur écarté
page-event-connector-does-badly = Connecteur qui va mal
page-event-connector-removed = Connecteur désinstallé

# Quarantaine
page-quarantine-lead = Ces enregistrements n'ont pu être écrits tels quels. Ils n'en arrêtent aucun autre. Corrigez la cause, puis essayez de nouveau.
page-quarantine-search = Mots, titre ou identifiant
page-quarantine-empty = Rien n'est mis à l'écart.
page-kind-quarantined = En quarantaine
page-kind-waiting = En attente d'un autre enregistrement
page-kind-conflict = En conflit
page-will-retry = Le prochain passage essaiera de nouveau
page-vendor-says = { $vendor } répond :
page-advice = À faire :
page-attempts = { $plural ->
        [one] { $n } essai
       *[other] { $n } essais
    }
page-first = le premier
page-last = le dernier
page-field = champ
page-reported = signalé sous { $marker }
page-unreported = pas encore signalé
page-retry = Réessayer
page-retry-all = Tout réessayer
page-drop = Abandonner…
page-code = Code
page-history = Historique
page-drop-title = Abandonner « { $title } » ?
page-drop-means = L'enregistrement « { $title } » sera oublié ici et ne sera pas écrit. Il ne reviendra que s'il change à la source et qu'il est retenu de nouveau.
page-drop-marker = La source indique toujours { $marker } : videz ce champ, sinon l'enregistrement ne sera plus retenu.
page-drop-yes = Abandonner
page-cancel = Annuler

# Conflits
page-conflicts-lead = Ces enregistrements ont changé des deux côtés depuis leur dernier accord. Rien de ce qui est en litige n'est écrit avant votre choix.
page-conflicts-empty = Les deux côtés s'accordent partout.
page-was-chosen = Choisi ; le prochain passage l'écrira
page-see-link = Voir le lien
page-take = Tout prendre de { $system }
page-sides-of = Les deux côtés de { $title }
page-field-name = Champ
page-base = Dernier accord
page-no-value = aucune valeur
page-empty-value = vide

# Liens
page-links-lead = Deux enregistrements qui désignent la même chose restent liés pour toujours. Trouvez une paire par l'identifiant de l'un ou l'autre côté.
page-links-search = Identifiant de l'un ou l'autre côté
page-links-empty = Il n'y a pas encore de liens.
page-one-side = Un côté
page-other-side = L'autre côté
page-linked-since = Lié depuis
page-link-updated = Dernière écriture
page-link-linked = Lié
page-link-conflict = En conflit
page-link-parted = Séparé
page-cause = Origine
page-cause-created = créé ici
page-cause-recognised = reconnu par { $rule }
page-cause-person = par une personne
page-cause-import = importé
page-generation = Nombre de créations
page-send-this = Envoyer cet enregistrement…

# Envoi
page-send-title = Envoyer des enregistrements
page-send-lead = Envoie tout de suite un enregistrement, ou ceux que vous choisissez, peu importe l'horaire.
page-send-more = En envoyer d'autres
page-choose-flow = Choisissez un flux
page-ids = Identifiants dans la source
page-ids-help = { $plural ->
        [one] Un seul identifiant.
       *[other] Un par ligne, { $n } au plus.
    }
page-send-now = Envoyer
page-outcome = Ce qu'il en est advenu
page-in-journal = Dans le journal
page-result = Résultat
page-target = Dans la cible
page-settled-unchanged = Inchangé
page-settled-filtered = Non retenu par le flux
page-settled-held = Toujours en quarantaine

# Session
page-token = Jeton d'accès
page-token-help = Il se trouve dans keys/page-token.txt, dans le dossier de l'installation.
page-wrong-token = Ce n'est pas le bon jeton.
page-token-wait = Trop de jetons erronés. Attendez une minute.

# Erreurs
page-causes = Pourquoi :
page-to-overview = Retour à la vue d'ensemble
page-error-not-found = Cette page n'existe pas
page-error-not-found-why = L'enregistrement a peut-être été réglé entre-temps.
page-error-stale = Ce formulaire est périmé
page-error-stale-why = Rien n'a été fait. Revenez en arrière, rechargez la page et recommencez.
page-error-foreign = Demande refusée
page-error-foreign-why = Elle ne vient pas de cette page. Rien n'a été fait.
page-error-refused = C'est impossible
page-error-refused-why = Rien n'a été fait.
page-error-unavailable = Indisponible pour l'instant
page-error-unavailable-why = Réessayez dans un moment. Rien n'est perdu.
page-error-broken = Quelque chose ne va pas de notre côté
page-error-broken-why = Veuillez le signaler. Rien n'est perdu.

# Connecteurs
page-connectors-lead = Ce avec quoi liaison { $version } travaille; il parle le contrat { $contract }. Installez et mettez à jour avec `liaison connector`.
page-connectors-empty = Aucun connecteur n'est installé.
page-connectors-looked = La source des connecteurs a été interrogée pour la dernière fois
page-connectors-not-looked = On ne sait pas ce qui est plus récent : { $why }
page-connector = Connecteur
page-version = Version
page-signer = Signé par
page-contract = Contrat
page-unsigned = personne
page-newer = { $newer } est offerte
page-connector-current = En service
page-connector-trial = À l'essai
page-connector-kept = Gardé
page-connector-withdrawn = Écarté
page-connector-refused = Non chargé
