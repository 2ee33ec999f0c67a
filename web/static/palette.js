// The command palette: pages and deeds at once, people and campaigns as they are found.

const COMMANDS = [
  { title: "Home", hint: "g h", to: "/" },
  { title: "Leads", hint: "g l", to: "/leads" },
  { title: "Campaigns", hint: "g c", to: "/campaigns" },
  { title: "Companies", hint: "g o", to: "/companies" },
  { title: "Contacts", hint: "g p", to: "/contacts" },
  { title: "New campaign", hint: "deed", to: "/documents/new/campaign" },
  { title: "New agent", hint: "deed", to: "/documents/new/agent" },
  { title: "Agents and templates", hint: "page", to: "/documents" },
  { title: "Inbox", hint: "g i", to: "/inbox" },
  { title: "Leads that are blocked", hint: "filter", to: "/leads?work=blocked" },
  { title: "Leads that are qualified", hint: "filter", to: "/leads?status=qualified" },
  { title: "Emergency stop", hint: "deed", dialog: "stop-dialog" },
  { title: "Lift the stop", hint: "deed", dialog: "resume-dialog" },
  { title: "Light or dark", hint: "deed", click: "[data-theme-switch]" },
  { title: "Keyboard shortcuts", hint: "?", dialog: "help" },
];

export function offerPalette() {
  document.addEventListener("alpine:init", () => {
    window.Alpine.data("palette", () => ({
      asked: "",
      found: [],
      at: 0,
      active: "",
      init() {
        this.$el.addEventListener("opened", () => { this.asked = ""; this.look(); });
      },
      async look() {
        const asked = this.asked.trim();
        const fits = COMMANDS.filter((one) =>
          one.title.toLowerCase().includes(asked.toLowerCase())
          && (!one.dialog || document.getElementById(one.dialog)));
        this.show(fits);
        if (asked.length < 2) return;
        const answer = await fetch(`/palette?q=${encodeURIComponent(asked)}`);
        if (!answer.ok || asked !== this.asked.trim()) return;
        this.show([...(await answer.json()).found, ...fits]);
      },
      show(list) {
        this.at = 0;
        this.found = list.map((one, index) => ({
          ...one, key: `${index}-${one.title}`, id: `found-${index}`, chosen: String(index === 0),
        }));
        this.active = list.length ? "found-0" : "";
      },
      choose(at) {
        if (!this.found.length) return;
        this.at = (at + this.found.length) % this.found.length;
        this.found.forEach((one, index) => { one.chosen = String(index === this.at); });
        this.active = `found-${this.at}`;
        this.$nextTick(() => document.getElementById(this.active)?.scrollIntoView({ block: "nearest" }));
      },
      key(event) {
        if (event.key === "ArrowDown") this.choose(this.at + 1);
        else if (event.key === "ArrowUp") this.choose(this.at - 1);
        else if (event.key === "Enter" && this.found[this.at]) this.go(this.found[this.at]);
        else return;
        event.preventDefault();
      },
      async go(one) {
        this.$root.close();
        const { openDialog, visit } = await import(`./app.js?v=${document.body.dataset.assets}`);
        if (one.to) visit(one.to);
        else if (one.dialog) openDialog(one.dialog);
        else document.querySelector(one.click)?.click();
      },
    }));
  });
}
