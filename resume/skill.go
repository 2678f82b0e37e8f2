package resume

import (
	"slices"
	"strings"
	"sync"
)

// toolFamilies are families of tools, in the order of a résumé, each with tools in lower case. What is in none of them is in "Tools".
const toolFamilies = `Programming: python, go, golang, java, javascript, typescript, c, c++, c#, rust, ruby, php, perl, scala, kotlin, swift, r, matlab, bash, vba, react, node, node.js, django, flask, spring, rails, angular, vue, .net, html, css, git, github, gitlab
Data: sql, mysql, postgres, postgresql, sqlite, oracle, mongodb, redis, kafka, rabbitmq, elasticsearch, snowflake, bigquery, spark, hadoop, airflow, dbt, pandas, numpy, tableau, power bi, looker, spss, stata, jupyter
Cloud and operations: aws, azure, gcp, docker, kubernetes, terraform, ansible, jenkins, prometheus, grafana, linux, nginx, helm, puppet, vmware
Office: excel, word, powerpoint, access, outlook, google sheets, google docs, google forms, libreoffice, sharepoint
Business systems: sap, salesforce, hubspot, sage, quickbooks, xero, datev, dynamics, netsuite, workday, servicenow, zendesk, shopify
Working together: jira, confluence, trello, asana, notion, slack, teams, zoom, miro, monday
Design: photoshop, illustrator, indesign, figma, sketch, canva, premiere, blender, lightroom
Engineering: autocad, solidworks, catia, revit, labview, arduino, raspberry pi, plc, cnc, ansys, fusion 360, step 7, scada
Care and health: epic, cerner, systmone, emis, datix
`

// otherTools is the family of tools that are in no other.
const otherTools = "Tools"

// families are the names of the families in order, and the family of each tool.
type families struct {
	names []string
	of    map[string]string
}

var toolTable = sync.OnceValue(func() families {
	t := families{of: map[string]string{}}
	for line := range strings.Lines(toolFamilies) {
		name, tools, _ := strings.Cut(strings.TrimSpace(line), ": ")
		t.names = append(t.names, name)
		for tool := range strings.SplitSeq(tools, ", ") {
			t.of[tool] = name
		}
	}
	t.names = append(t.names, otherTools)
	return t
})

// toolOf is the tool that a fact names.
func toolOf(f fact) string {
	if tool := f.said("tool"); tool != "" {
		return tool
	}
	return cut(bare(f.text), "I used ", "we used ", "used ", "I use ", "we use ", "use ", "using ", "with ")
}

// How many there are at most: tools of a family, those mentioned most often, and phrases, the confirmed ones and the newest.
const (
	manyTools   = 15
	manyPhrases = 12
)

// tool is a tool with the facts that mention it.
type tool struct {
	name string
	ids  []string
}

// addSkills adds the tools by family, then what the user is relied on for, in their own phrase.
func (b *builder) addSkills() {
	byFamily := b.tools()
	for _, family := range toolTable().names {
		list := byFamily[family]
		if len(list) == 0 {
			continue
		}
		slices.SortStableFunc(list, func(x, y tool) int { return len(y.ids) - len(x.ids) })
		s := Skill{Name: family}
		for i, t := range list[:min(len(list), manyTools)] {
			s.Keywords = append(s.Keywords, t.name)
			b.cite(at("skills", len(b.r.Skills), "keywords."+itoa(i)), t.name, t.ids...)
		}
		b.r.Skills = append(b.r.Skills, s)
	}
	b.addPhrases()
}

// tools returns the tools by family, in the order in which they were mentioned first.
func (b *builder) tools() map[string][]tool {
	table := toolTable()
	byFamily, place := map[string][]tool{}, map[string]int{}
	for _, f := range b.facts {
		name := toolOf(f)
		key := fold(name)
		family, known := table.of[key]
		if f.Kind != "tool" && !(f.Kind == "skill" && known) || name == "" {
			continue
		}
		if !known {
			family = otherTools
		}
		i, seen := place[key]
		if !seen {
			i = len(byFamily[family])
			place[key] = i
			byFamily[family] = append(byFamily[family], tool{name: name})
		}
		byFamily[family][i].ids = append(byFamily[family][i].ids, f.ID)
	}
	return byFamily
}

// addPhrases adds what the user is relied on for.
func (b *builder) addPhrases() {
	phrases := slices.DeleteFunc(b.of("skill"), func(f fact) bool { return toolTable().of[fold(toolOf(f))] != "" })
	for _, f := range weighty(phrases, manyPhrases) {
		text, ok := b.names.without(bare(f.text))
		if !ok {
			continue
		}
		b.cite(at("skills", len(b.r.Skills), "name"), text, f.ID)
		b.r.Skills = append(b.r.Skills, Skill{Name: capitalised(text)})
	}
}
