package builtin

import "strings"

// crisis says that help is elsewhere, in the user's language where there are words for it. It asks nothing.
func (s *speaker) crisis() string {
	lines := strings.Join(s.opts.CrisisLines, "; ")
	lang := s.Reading.Language
	if lang == "" && len(s.State.Lang) == 2 && s.Reading.Words < 12 {
		lang = s.State.Lang // too short to tell by itself
	}
	if text, ok := crisisText(lang); ok {
		if lines != "" {
			lines = " (" + lines + ")"
		}
		return strings.ReplaceAll(text, "{lines}", lines)
	}
	text := s.phrase("crisis_ok")
	if lines == "" {
		return text
	}
	before, rest, opened := strings.Cut(text, "(")
	_, after, closed := strings.Cut(rest, ")")
	if !opened || !closed {
		return text + " " + lines + "."
	}
	return before + "(" + lines + ")" + after
}

// crisisText is the sentence in a language of the lexicon besides English. A person who speaks the language has to check each of them before
// a release. It holds {lines} once.
func crisisText(code string) (string, bool) {
	switch code {
	case "es":
		return "Siento mucho que sea tan difícil. Soy un programa y no puedo ayudar con esto, pero hay personas que sí: si está en peligro, llame " +
			"ahora al número de emergencias de su país, a una línea de ayuda{lines} o a alguien de confianza. La entrevista puede esperar.", true
	case "fr":
		return "Je suis vraiment désolé que ce soit si lourd. Je suis un programme et je ne peux pas aider pour cela, mais des personnes le " +
			"peuvent : en cas de danger, appelez tout de suite les urgences de votre pays, une ligne d'écoute{lines} ou quelqu'un de confiance. " +
			"L'entretien peut attendre.", true
	case "de":
		return "Es tut mir sehr leid, dass es so schwer ist. Ich bin ein Programm und kann dabei nicht helfen, aber Menschen können es: Wenn Sie in " +
			"Gefahr sind, rufen Sie bitte jetzt den Notruf, eine Krisennummer{lines} oder jemanden an, dem Sie vertrauen. Das Interview kann warten.", true
	case "pt":
		return "Lamento muito que esteja a ser tão difícil. Sou um programa e não posso ajudar com isto, mas há pessoas que podem: se estiver em " +
			"perigo, ligue agora para o número de emergência do seu país, para uma linha de apoio{lines} ou para alguém de confiança. A entrevista " +
			"pode esperar.", true
	case "it":
		return "Mi dispiace molto che sia così pesante. Sono un programma e non posso aiutare in questo, ma ci sono persone che possono: se è in " +
			"pericolo, chiami subito il numero di emergenza del suo paese, una linea di ascolto{lines} o qualcuno di cui si fida. L'intervista può " +
			"aspettare.", true
	case "nl":
		return "Het spijt me heel erg dat het zo zwaar is. Ik ben een programma en kan hierbij niet helpen, maar mensen wel: bent u in gevaar, bel " +
			"dan nu het alarmnummer, een hulplijn{lines} of iemand die u vertrouwt. Het interview kan wachten.", true
	case "pl":
		return "Bardzo mi przykro, że jest tak ciężko. Jestem programem i nie mogę w tym pomóc, ale ludzie mogą: w niebezpieczeństwie proszę od razu " +
			"zadzwonić na numer alarmowy, na telefon zaufania{lines} lub do kogoś bliskiego. Wywiad może poczekać.", true
	}
	return "", false
}
