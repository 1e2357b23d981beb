# Bandes : appels de connecteurs qui ont été gardés, et leur relecture.
problem-tape = `{ $value }` ne dit pas quels appels garder sur bande
address-recorded = une adresse qui a été refusée
denied-replay = rien n'est envoyé pendant une relecture : { $why }
tapes-none = Aucun appel n'est gardé. Une connexion garde ceux qui échouent ; `tape = "all"` dans le fichier du client les garde tous.
tape-masked = Écrit { $file }. Ce qui se trouvait dans les fiches a été remplacé par quelque chose de même forme.
tape-unmasked = Écrit { $file }, avec ce qui se trouvait dans les fiches : il n'est pour personne qui ne doit pas les voir.
tape-too-large = il compte { $bytes } octets, ce qu'aucune bande n'a
tape-short = il finit après la ligne { $line }
tape-other-format = il est de format { $found }, que cette version de liaison ne lit pas
tape-line = ligne { $line } : { $reason }
parked-tape = son appel est gardé : liaison connector tape export { $tape }
column-tape = bande
column-recorded = enregistrée
column-call = appel
column-bytes = octets
error-no-tape = il n'y a pas de bande `{ $name }`
hint-no-tape = `liaison connector tape list` nomme celles qui sont gardées ; la plus ancienne s'en va quand il y en a trop
error-bad-tape = `{ $file }` n'est pas une bande lisible
error-no-component = aucun composant `{ $name }` n'est là pour la relire
hint-name-component = nommez-en un avec --component FICHIER.wasm
replay-of = { $call } par { $name } { $version }, enregistré { $at }
replay-other-component = relu par un autre composant : { $name } { $version }
replay-masked = Des valeurs de cette bande ont été remplacées : un écart peut venir de là.
replay-no-answer = (aucune réponse n'est venue)
replay-log-differs = Il journalise autre chose, ce qui ne change rien :
replay-same = Pareil : chaque question comme sur la bande, et le résultat égal à l'octet près.
replay-same-so-far = Pareil aussi loin que va la bande : l'enregistrement a été coupé là.
replay-returned-otherwise = Il a demandé la même chose et rendu autre chose :
replay-asked-otherwise = Il s'écarte à l'étape { $step }, { $import } :
replay-asked-another = Il s'écarte à l'étape { $step } : la bande a { $then }, et il a demandé { $now }
replay-not-asked = Il s'écarte à l'étape { $step } : il n'a jamais demandé { $then }
replay-asked-more = Il s'écarte à la fin de la bande : il a continué et demandé { $now }
replay-whole = le tout
replay-difference = à { $place }
    alors :      { $then }
    maintenant : { $now }

# La trousse de conformité.
kit-of = { $name } { $version }, contrat { $contract }
kit-skipped = pas faite
kit-failed = ÉCHEC
kit-score = { $passed } sur { $made } ; { $failed } en échec, { $skipped } pas faites
error-kit-settings = `{ $path }` ne dit pas ce qu'il faut à la trousse
error-kit-server = `{ $server }` n'est pas une URL
