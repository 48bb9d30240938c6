/** Stands for modules of Node.js where a bundler for browsers wants one: nothing of them is used in a page. */
export default {};
