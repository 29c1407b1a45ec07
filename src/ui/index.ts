/* The door of the interface room: everything a view may use. Style sheets are joined in styles.css. */
export { Button, buttonClass, IconButton, Kbd, Tooltip } from './button.tsx';
export { Dialog } from './dialog.tsx';
export { Field, SelectField } from './field.tsx';
export { Icon, Mark, type IconName } from './icon.tsx';
export { NARROW, PHONE, REDUCED_MOTION, useMedia } from './media.ts';
export { remember, remembered } from './memory.ts';
export { Menu, type MenuItem } from './menu.tsx';
export { dismiss, Notices, notify, type NoticeWords } from './notices.tsx';
export { Callout, Empty, Panel, Skeleton, type CalloutKind } from './panel.tsx';
export { BarMeter, StateMark, WeekRuler, type ItemState } from './progress-marks.tsx';
export { Split } from './split.tsx';
export { tabPanelId, Tabs, type Tab } from './tabs.tsx';
export { chooseTheme, themeChoice, tokenColour, useTheme, useThemeChoice, type ThemeChoice } from './theme.ts';
export { light, lights, useLit } from './highlight.ts';
