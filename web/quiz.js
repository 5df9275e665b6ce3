// Turns a written question into one that answers: see tools/sphinx_ext/quiz.py.
// Until something is chosen, the page shows no answer; nothing leaves the page.
document.addEventListener('DOMContentLoaded', () => {
  document.querySelectorAll('.quiz').forEach((quiz) => {
    const kind = quiz.dataset.kind;
    const answers = [...quiz.querySelectorAll('.quiz-feedback > li')];
    const choices = quiz.querySelector('.quiz-choices');
    const form = document.createElement('form');
    const group = document.createElement('div');
    const check = document.createElement('button');
    const reply = document.createElement('div');
    const question = quiz.querySelector('.quiz-question');
    const title = quiz.querySelector('.quiz-title');

    title.id = `${quiz.id}-title`;
    question.id = `${quiz.id}-question`;
    group.setAttribute('role', kind === 'one' ? 'radiogroup' : 'group');
    group.setAttribute('aria-labelledby', `${title.id} ${question.id}`);
    group.append(title, question);
    form.append(group);
    form.noValidate = true;
    check.textContent = 'Check';
    check.className = 'quiz-check';
    reply.className = 'quiz-reply';
    reply.setAttribute('role', 'status');

    const inputs = [];
    if (kind === 'number') {
      const input = document.createElement('input');
      input.type = 'text';
      input.inputMode = 'decimal';
      input.autocomplete = 'off';
      input.id = `${quiz.id}-number`;
      const label = document.createElement('label');
      label.htmlFor = input.id;
      label.textContent = 'Your number';
      const line = document.createElement('div');
      line.className = 'quiz-number';
      line.append(label, input, check);
      group.append(line);
      inputs.push(input);
    } else {
      [...choices.children].forEach((item, i) => {
        const input = document.createElement('input');
        input.type = kind === 'one' ? 'radio' : 'checkbox';
        input.name = quiz.id;
        input.value = i;
        const label = document.createElement('label');
        const text = document.createElement('span');
        text.append(...item.childNodes);
        const count = document.createElement('span'); // a name even where the choice is a formula alone
        count.className = 'quiz-unseen';
        count.textContent = `Choice ${i + 1}: `;
        label.append(input, count, text);
        item.append(label);
        inputs.push(input);
      });
      group.append(choices);
      if (kind === 'many') group.append(check); // one choice answers at once
    }
    form.append(reply);
    quiz.append(form);
    quiz.querySelector('.quiz-answers').hidden = true;

    const say = (parts, right) => {
      reply.replaceChildren(...parts);
      reply.dataset.right = right;
      quiz.dataset.answered = right;
    };
    const bare = (text) => {
      const line = document.createElement('p');
      line.textContent = text;
      return line;
    };
    const copy = (answer) => [...answer.childNodes].map((node) => node.cloneNode(true));

    const one = () => {
      const chosen = inputs.findIndex((input) => input.checked);
      if (chosen < 0) return say([bare('Choose an answer first.')], 'none');
      const right = answers[chosen].dataset.right;
      [...choices.children].forEach((item, i) => { if (i === chosen) item.dataset.right = right; else delete item.dataset.right; });
      say(copy(answers[chosen]), right);
    };
    const many = () => {
      if (!inputs.some((input) => input.checked)) return say([bare('Choose at least one answer first.')], 'none');
      const wrong = inputs.filter((input, i) => String(input.checked) !== answers[i].dataset.right).length;
      const parts = [bare(wrong ? `Not quite: ${wrong} of ${inputs.length} should be the other way.` : 'Right, all of them.')];
      inputs.forEach((input, i) => {
        if (!input.checked) return delete choices.children[i].dataset.right;
        choices.children[i].dataset.right = answers[i].dataset.right;
        const part = document.createElement('div');
        part.append(...copy(answers[i]));
        parts.push(part);
      });
      say(parts, String(wrong === 0));
    };
    const number = () => {
      const written = inputs[0].value.trim().replace('−', '-').replace(',', '.');
      const value = Number(written);
      if (!written || Number.isNaN(value)) return say([bare('Write a number, such as 0.25 or −1.5.')], 'none');
      const near = (answer) => Math.abs(value - Number(answer.dataset.number)) <= Math.max(Number(answer.dataset.tolerance), 1e-9 * Math.abs(value));
      const answer = answers.find((a) => a.dataset.number !== undefined && near(a)) ?? answers.find((a) => a.dataset.other);
      if (!answer) return say([bare('Not quite.')], 'false');
      const parts = copy(answer);
      parts[0].textContent = answer.dataset.right === 'true' ? 'Right.' : 'Not quite.';
      say(parts, answer.dataset.right);
    };
    const decide = { one, many, number }[kind];
    form.addEventListener('submit', (event) => { event.preventDefault(); decide(); });
    if (kind === 'one') form.addEventListener('change', decide);
  });
});
