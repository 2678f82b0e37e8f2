package planner

// The acts, in the order in which they are looked for (interview.md 8.3). The last ones are what is left when nothing is wanted of the
// interviewer.
const (
	ActCrisis       Act = "crisis"
	ActInjection    Act = "injection"
	ActPrivate      Act = "private" // nothing is to be made of the message, which stays in the conversation: /private TEXT, "off the record"
	ActUnknown      Act = "unknown" // /unknown: the user says that the answer is not known and never will be
	ActForget       Act = "forget"  // nothing is to be kept of what the message before said, but for the message itself
	ActStop         Act = "stop"
	ActSkip         Act = "skip"
	ActSummary      Act = "summary" // also /recap
	ActHelp         Act = "help"
	ActIdentity     Act = "identity"
	ActPrivacy      Act = "privacy"
	ActHowLong      Act = "howlong"
	ActWhy          Act = "why"
	ActDefine       Act = "define"
	ActRefuse       Act = "refuse"
	ActConfidential Act = "confidential"
	ActCorrection   Act = "correction"
	ActAbuse        Act = "abuse"
	ActProtected    Act = "protected" // asks whether age, faith, family and the like belong in a profile
	ActAskBack      Act = "askback"
	ActOffTopic     Act = "offtopic"
	ActDistress     Act = "distress"
	ActSelfDoubt    Act = "selfdoubt"
	ActRepeat       Act = "repeat"   // the user says that this was told or asked before
	ActConfirm      Act = "confirm"  // of a recap
	ActDeny         Act = "deny"     // of a recap, without saying what is wrong
	ActDontKnow     Act = "idk"      // does not know, or evades
	ActGreeting     Act = "greeting" // and nothing else
	ActEmpty        Act = "empty"    // no word in it: blanks, an emoji, one letter
	ActLanguage     Act = "language" // an answer in another language
	ActShort        Act = "short"    // an answer that is too short for its question
	ActSame         Act = "same"     // an answer in the very words of the message before
	ActLong         Act = "long"     // an answer so long that it was most likely pasted
	ActAnswer       Act = "answer"
)
