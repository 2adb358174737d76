#!/bin/sh
# Speaks the prompts anew with espeak-ng and brings them to telephone band,
# about -20 dBFS and 8 kHz A-law with ffmpeg. Needs: espeak-ng, ffmpeg.
# With arguments, only the prompts named so are made.
set -eu
cd "$(dirname "$0")"
wanted=" $* "
raw=$(mktemp)
trap 'rm -f "$raw"' EXIT

skip() { [ "$wanted" != "  " ] && case "$wanted" in *" $1 "*) return 1 ;; *) return 0 ;; esac; }

voice() { # language
	case "$1" in fr) echo fr ;; *) echo en-gb ;; esac
}

say() { # language, prompt, text: a sentence that is heard by itself
	skip "$2" && return
	espeak-ng -v "$(voice "$1")" -s 150 -p 42 -g 4 --stdout "$3" |
		ffmpeg -v error -y -i - -bitexact -ac 1 -ar 8000 -c:a pcm_alaw \
			-af "highpass=f=220,lowpass=f=3400,acompressor=threshold=-24dB:ratio=3:attack=5:release=120,loudnorm=I=-21:TP=-4,aresample=8000,adelay=400,apad=pad_dur=0.4" \
			"$2.$1.wav"
}

part() { # language, prompt, text[, pause before it in ms]: too short for loudnorm
	skip "$2" && return
	espeak-ng -v "$(voice "$1")" -s 145 -p 42 -g 4 --stdout "$3" |
		ffmpeg -v error -y -i - -bitexact -ac 1 -ar 8000 -f wav \
			-af "highpass=f=220,lowpass=f=3400,acompressor=threshold=-24dB:ratio=3:attack=5:release=120,aresample=8000,silenceremove=start_periods=1:start_threshold=-50dB,areverse,silenceremove=start_periods=1:start_threshold=-50dB,areverse" \
			"$raw"
	mean=$(ffmpeg -i "$raw" -af volumedetect -f null - 2>&1 | sed -n 's/.*mean_volume: \(.*\) dB/\1/p')
	ffmpeg -v error -y -i "$raw" -bitexact -c:a pcm_alaw \
		-af "volume=$(echo "-22.5 - ($mean)" | bc -l)dB,alimiter=limit=0.7:level=false,adelay=${4:-40},apad=pad_dur=0.12" "$2.$1.wav"
}

say fr unavailable "Bonjour. Personne ne peut prendre votre appel pour le moment. Merci de rappeler plus tard."
say en unavailable "Hello. Nobody can take your call at the moment. Please call again later."
say fr not-in-service "Le numéro que vous avez composé n'est pas en service. Veuillez vérifier le numéro, puis rappeler."
say en not-in-service "The number you have called is not in service. Please check the number, and call again."
say fr welcome "Bonjour, et bienvenue. Nous vous mettons en relation."
say en welcome "Hello, and welcome. We are connecting you."
say fr menu "Bonjour. Veuillez faire votre choix à l'aide des touches de votre téléphone."
say en menu "Hello. Please make your choice with the keys of your telephone."
say fr closed "Bonjour. Nos bureaux sont actuellement fermés. Merci de rappeler aux heures d'ouverture."
say en closed "Hello. We are closed at the moment. Please call again during our opening hours."
say fr voicemail "Bonjour. Nous ne pouvons pas vous répondre pour le moment. Laissez-nous un message après le signal sonore, puis raccrochez ou appuyez sur dièse."
say en voicemail "Hello. We cannot take your call at the moment. Please leave a message after the tone, then hang up or press the hash key."
part fr wrong-key "Ce choix n'est pas possible." 400
part en wrong-key "This choice is not possible." 400
say fr please-wait "Tous nos conseillers sont en ligne. Merci de patienter, nous allons vous répondre."
say en please-wait "All our colleagues are busy. Please hold the line, we will be with you shortly."
say fr callback-offer "Pour être rappelé sans attendre, appuyez sur étoile."
say en callback-offer "To be called back instead of waiting, press the star key."
say fr callback-promise "C'est noté : nous vous rappellerons dès que possible. Merci de votre appel, au revoir."
say en callback-promise "Thank you, we will call you back as soon as we can. Goodbye."
say fr goodbye "Merci de votre appel. Au revoir."
say en goodbye "Thank you for your call. Goodbye."
part fr blocked "Votre appel ne peut pas aboutir." 400
part en blocked "Your call cannot be connected." 400

say fr position-next "Vous êtes le prochain. Merci de patienter."
say en position-next "You are next in line. Please hold."
say fr position-far "Plus de vingt personnes attendent avant vous."
say en position-far "More than twenty callers are before you."
part fr position "Vous êtes en position"
part en position "You are in position"
part fr wait "Temps d'attente estimé :"
part en wait "Your expected waiting time is"
part fr minute "une minute."
part en minute "one minute."
part fr minutes "minutes."
part en minutes "minutes."
say fr wait-long "Le temps d'attente estimé est de plus de vingt minutes."
say en wait-long "Your expected waiting time is more than twenty minutes."
number=1
while [ $number -le 20 ]; do
	part fr "number-$number" "$number"
	part en "number-$number" "$number"
	number=$((number + 1))
done
