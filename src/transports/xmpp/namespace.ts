/**
 * The one name that this project adds to XMPP. It stands alone so that the types behind the door need none of the library's, which has none.
 */

/** The child that names the status: `<mistatus xmlns='urn:presence-machine:mistatus:0'>BE_RIGHT_BACK</mistatus>`. */
export const MISTATUS_NAMESPACE = 'urn:presence-machine:mistatus:0';
