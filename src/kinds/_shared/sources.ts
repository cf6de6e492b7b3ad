// The sources that rules cite, spelled once; knows no rule.

export const meta = "Meta, WhatsApp Business Platform documentation, pages of Oct 2025 – Jun 2026";
export const project = "the project's own documents";
export const practice = "common practice";
