import type { Db } from './database.ts'

export async function isOperator(db: Db, userId: string): Promise<boolean> {
  const row = await db.selectFrom('operators').select('user_id').where('user_id', '=', userId).executeTakeFirst()
  return row !== undefined
}

export async function addOperator(db: Db, userId: string, now: number): Promise<void> {
  await db.insertInto('operators').values({ user_id: userId, created_at: now }).execute()
}
