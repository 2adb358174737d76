#!/bin/sh
# Speaks the prompts anew with espeak-ng and brings them to telephone band,
# about -20 dBFS and 8 kHz A-law with ffmpeg. Needs: espeak-ng, ffmpeg.
set -eu
cd "$(dirname "$0")"

say() { # language, voice, prompt, text
	espeak-ng -v "$2" -s 150 -p 42 -g 4 --stdout "$4" |
		ffmpeg -v error -y -i - -bitexact -ac 1 -ar 8000 -c:a pcm_alaw \
			-af "highpass=f=220,lowpass=f=3400,acompressor=threshold=-24dB:ratio=3:attack=5:release=120,loudnorm=I=-21:TP=-4,aresample=8000,adelay=400,apad=pad_dur=0.4" \
			"$3.$1.wav"
}

say fr fr unavailable "Bonjour. Personne ne peut prendre votre appel pour le moment. Merci de rappeler plus tard."
say en en-gb unavailable "Hello. Nobody can take your call at the moment. Please call again later."
say fr fr not-in-service "Le numéro que vous avez composé n'est pas en service. Veuillez vérifier le numéro, puis rappeler."
say en en-gb not-in-service "The number you have called is not in service. Please check the number, and call again."
