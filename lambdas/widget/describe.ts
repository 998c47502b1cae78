/** What the widget answers to `{describe: true}`, for whoever puts it on a dashboard by hand. Markdown. */
export const DESCRIPTION = `## Keepaloft

Groups, their members, who held them and when, and the last failover step by step.

### Parameters
None: it shows every group of its arbiter. Theme and width follow the dashboard.

### Buttons
They are there when the arbiter was deployed with \`operate: true\`. Whoever may invoke this function may then fail over,
drain, undrain, pause and resume. Each button asks first, and is refused if the group has changed hands since it was shown.
`;
